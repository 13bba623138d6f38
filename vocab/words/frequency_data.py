"""The tables that `frequency.py` cleans by: what each language is written with, and what to drop.

Tables only. The long ones at the end were made by comparing wordfreq's lists, to the depth a list
of 20,000 needs, with spelling dictionaries and then reading the differences; deeper entries have
not been reviewed. See wordlists/README.md.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NAMES = {"en": "English", "es": "Spanish"}

LETTERS = {
    # The marked letters are those of loanwords that English does write so: café, naïve, façade.
    "en": frozenset("abcdefghijklmnopqrstuvwxyzàâçèéêëîïñôöûü"),
    "es": frozenset("abcdefghijklmnopqrstuvwxyzáéíñóúü"),
}

# y counts: "my", "rhythm".
VOWELS = frozenset("aeiouyàâèéêëîïôöûüáíóú")

# Spanish writes no apostrophes, so there "don't" and "McDonald's" are foreign text.
INNER_MARKS = {"en": frozenset("'-"), "es": frozenset("-")}

ONE_LETTER = {"en": frozenset("ai"), "es": frozenset("ayoeu")}

# At two letters most of what a corpus holds is initials and fragments ("ll", "re" of contractions),
# so what may stay is listed rather than what must go.
TWO_LETTERS = {
    "en": _words(
        "ad ah al am an as at aw ax be by cd do dj dr ed eh eu ex go ha he hi hm ho id if in is it "
        "jo lo ma me mm mr ms my no of oh ok on or ow ox pa pc pi pm sh so to tv uh uk um un up us "
        "vs we yo"
    ),
    "es": _words(
        "ah al as ay da de di dé eh el en es ex fe ha he id ir ja je la le lo me mi mí ni no oh oí "
        "ok os se si su sé sí te ti tu té tú tv uf un uy va ve vi ya yo él"
    ),
}

# Written with no vowel and yet said or written by everyone. Other entries without a vowel are
# initials ("ltd", "mph", "nfl"), which a teacher would not call words.
WITHOUT_VOWELS = {
    "en": _words("cd dj dr dvd hm hmm mm mr mrs ms pc phd pm psst sh shh tv vs"),
    "es": _words("dvd tv"),
}

# Debris of web pages and chat, in whatever language it was collected.
DEBRIS = _words("""
http https www com href html htm php url jpg png gif rt lol lmao lmfao rofl wtf omg idk tbh smh btw
imo pls plz thx ppl amp nbsp quot utm src img org gmail retweet retweets xd xdd jpeg pdf
""")

MISSPELLINGS = {
    # Apostrophes left out, halves of contractions, and common slips. "its", "lets", "ill", "well",
    # "were", "hell", "shell" and "wed" are words too, so they stay.
    "en": _words("""
dont doesnt didnt isnt arent wasnt werent cant couldnt wouldnt shouldnt wont havent hasnt hadnt
aint mustnt neednt im ive youre youll youve youd hes shes theyre theyll theyve theyd weve thats
thatll theres whats wheres whos heres hows itll yall oclock alot atleast eachother upto ofthe
womens mens childrens nevermind everytime highschool don doesn didn isn aren wasn weren couldn
wouldn shouldn hasn hadn ain recieve definately seperate untill becuase thier wich teh goverment
occured wierd beleive
"""),
    # Accents left out. Only forms that are never right: "mas", "esta", "hacia", "solo", "aun",
    # "seria" and "practica" are words without the accent too, so they stay.
    "es": _words("""
aqui asi tambien despues ahi dias dia estan algun segun ningun todavia razon adios ultimo ultima
unico unica facil dificil rapido rapida tio tia dificiles habia tenia queria podria haria tendria
deberia podrian deberian gustaria parecia decia atras ademas jamas quizas quiza detras perdon
corazon musica politica politico publico numero numeros telefono pagina pais paises policia energia
economia pelicula peliculas cancion opinion situacion relacion informacion educacion atencion
poblacion nacion accion decision solucion eleccion produccion constitucion cuestion region
habitacion estacion direccion administracion fué fuí vió dió tí fé estais habeis sabeis quereis
podeis teneis porfavor jovenes imagenes tecnologia alegria epoca increible arbol azucar caracter
camara sabado miercoles proximo proxima minimo maximo exito heroe espiritu capitan oido verguenza
teoria dolar crei encontre conoci escribi jóven exámen
"""),
}

# Short on purpose: the strongest words and slurs. A teacher's own exclusion list does the rest.
PROFANITY = {
    "en": _words("""
fuck fucks fucked fucker fuckers fucking fuckin motherfucker motherfuckers motherfucking shit shits
shitty bullshit shitting cunt cunts bitch bitches bitching asshole assholes whore whores slut sluts
nigger niggers nigga niggas faggot faggots fag fags retard retards retarded cock cocks dick dicks
pussy bastard bastards twat wanker wank cum jizz tits titties blowjob dildo porn porno hentai milf
paki spic chink tranny kike gook jerkoff ass arse dumbass badass jackass piss pissed pissing boobs
boob horny anal
"""),
    "es": _words("""
puta putas puto putos putada putadas hijoputa hijueputa joder jodido jodida jodidos jodidas
jodidamente jode joden jodas jodan coño coños mierda mierdas cabrón cabrona cabrones cabron
gilipollas polla pollas verga vergas pendejo pendeja pendejos pendejas pendejada pendejadas chingar
chinga chingada chingado chingados chingas chingue follar follando folla follo maricón maricones
marica maricas culo culos culito culero pija pijas boludo boluda boludos pelotudo pelotudos
pelotuda zorra zorras cojones cagar cagada cagado cago huevón weon sudaca sudacas malparido carajo
porno tetas sorete poronga
"""),
}

# Fragments, initials, surnames, brand names and other languages' words found in each list.
NOT_WORDS = {
    "en": _words("""
a's aap abc abdullah abi abt abu aca acc acl aclu adhd afc affleck afl afp ahh aidan airbnb aka ala
alain alexa alonso als alt ama amc amd ami anc anders andreas andré ang annum ans aol apa apc api
apr ari ars asean assange astro astros asus atm atp att aug aus aux avant avg aviv aww axel aziz
badass bae bain bam bas bea beckham bel berg bey beyonce beyoncé bieber bing bis blackhawks blanc
bloomberg bmi boi bois boko bom bon bona brodie brody bruh buenos bundesliga buzzfeed byrne cal
carb cas casa cass cavs cba cbi cena ceos cgi chai chan chateau che cheng cher chi chiang cho choi
choo chu chun cio civ clarkson clegg clientele collingwood colo comcast comey comin con connor
conor cor corbyn corp covid cpa cpi cpu craigslist cristiano csi cum cuomo cuz dae dai dal daly
dani dans dar das dat davey dawg daytona dea deadpool dec dei del dell dem demi dems dept der des
det deutsche dev dex dhabi dia diablo din dis div diy djokovic dod dodd doi doin doj dolan dom
donnelly doo dos downey dre drummond dui dumbass dun dunham dupont easton eco eds edt eid ein elle
elon ems eng ent eos epa eps erdogan erm esa esp espn esque est eta etsy eur eva everton exp faa
facto fallon farage fav fda feb federer feelin feng fest fide fifa fil fitz fitzgerald fla flickr
forex fortnite francesco françois freakin fri fuckin fukushima fulham fyi gabe gao garde gen geoff
germain gerrard gettin gifs giorgio git gma gmo goa goin goldstein gon gop gov gpa gpu graeme gran
grande gras grayson greenberg griffiths gta gui gunn hadley hah hai hamid hara haram hassan hayley
hbo hdmi healy heathrow hee heh hella hentai hermione herr hitman hoc hodgson hon houghton hua
huawei hud huffington hulu hussain hwy hye hyun iain ibm ibn ibrahim icc ich ict icu idf iggy imdb
imf incl ind indo ing insta int intra ioc iot ipa iphones ipo ips irl irs isa ish isil iso isp iss
issa ist itunes itv jae jai jan janeiro jang jax jeb jen jimi jin johan jojo jolie jong jonny joon
josé jul jun juventus kai kang kanye kaplan kapoor kardashian karnataka kat katz keane keating
kensington kev khaled khalifa kia kickstarter kimmel knicks kolkata kool kraft kuala kumar kung
kurds kylie kyrie lac lai lakers lam lan lang las lau lauderdale lebron lenovo lib liga lil lim
linkedin liu liv loc loch lookin los lsu lte luc luca luiz luka lukas lumpur lux macbook mach
mackay maddie mag maga magna magnus maguire mah maher maj makin mal malik mani manny manu mar mari
marino mas mata mateo mayweather mba mccann mcdonalds mcgill mcgrath mcgraw mcgregor mckenna
mclaren meds mei mein melee melo mendes mer merkel messi mets mia mich michaels middlesex mikey mil
miley miliband minecraft mins mis mit mla mma modi moi moines mon monte moto mourinho mri nadal
nadu nana nano napoli narendra naruto nas nasa's nascar nasdaq naw ncaa nec negro nes ness
netanyahu neymar ngo ngos nic nicki nicky nico nih nino noaa noir nom non norwood nos nothin notre
nov nova novak nra nsa nvidia nye nypd nyse nyt o'malley o'reilly ocd oct odi oecd oem ofc oft ohh
olds ole ons orton osama ost osu overwatch pac pak palin palo paolo para pas paso paulo pays pearce
pelosi pepe petit peyton pga phi phillies photoshop pinterest pla pokemon por porno porto pos pour
pov pradesh pre prima prix proto psa psi pty qaeda que qui quo qur'an raf rahman rahul rai rao ravi
rbi rea rec reddit rees reg regan rem remy ren repost res rev rey rhys rica rican rihanna ritchie
rna robb roc rockstar roi rom roma ronaldo ros rosen rossi routledge royale rubio ryu sai sakura
salman sam's sama sami sanderson sans santo sao sas sayin scarlett sci scooby scully seahawks sem
sen seo sep sept ser sergey serie ses sha sharma shen shi shite shri siemens silva sinn sino siri
slade smackdown snapchat snowden soc socio sol somethin soo soros sos spacex spongebob spotify sri
sta ste steelers stein steph stratford sundance sur tac tae taj tak tal talkin tanaka tat tata tau
tel temps ter terra tesco tex tha thankyou theo thinkin tho thorne thru timberlake tis tomlinson
tor toro tos tote tottenham trafford tri tryin tsa tue tumblr turnbull uae uber ucla uefa ufc uhh
uk's ukip umm una unc und une unix uno uri usc usd usda uss ussr utc uttar val var ver verde vettel
vid vie vii vijay viktor vin vis vita vitro viva vivo vlad vol vols von vox wah warcraft watford
webber weibo weiner weinstein welp wenger wes westbrook westwood wha whatsapp wil wis woah workin
wrestlemania wto wwe wwii xbox xiao xii xiv xvi yan yee yeh yer ying yoo yoon youtubers yrs yun zac
zack zhang zhao zhou zuckerberg zurich
"""),
    "es": _words("""
aaron abc abd abdul abe abel about abr abu aca access ace act action ada adam adams adidas adrian
afa afp africa african afro after again age ago agustin ahh ahmed air airlines aka alabama alain
alan album aldo aleksandr aleman alepo alessandro alex alexa alexis alfaro alfred alice alien all
alla allan allen alli alliance alone alpha also alt alv alvarez alvaro alves always alí amanda
amazon amelia america american americas amlo amsterdam amy analisis anc and anderson andre andreas
andres andrew andré andy angel angeles angelo angie ann anne annie anos ant anthony antoine anton
any api aplicacion app apple apps april arc are area areas arellano arg ari ariel aristegui
armstrong army arnold ars art arthur article articulos arts ash ashley association athletic atlanta
atlantic atp attack audi august auschwitz austin aver avila avion aviv awards ayotzinapa aznar baby
bach bachelet back bacon bad bahia bailey baker ball baltasar baltimore ban band bang bangkok bank
bankia banner barack barbie baron barry bart bartlett basket bateria batman bay bayer bayern bbva
bea beach beat beatles because beck been beethoven beijing bel bell belle ben benjamin bennett
benny benz berlin bernie berta best beth betis beto better betty bianca bieber big bill billy bin
bio bird birra bishop bién black blackberry blade blair blake block blood blu blue bluetooth bob
bobby body boe bogota bolivar bolt bombay bon bonaparte bond bondi bonnie book books borges boris
bosch boss boulevard bowl boy boys brad bradley brandon brazil break breaking brian bridge british
britney brito bro broadway bronx brooklyn brooks bros brother brothers brown bruce bryan bue
buenisimo bull burger burke burns burton bush business busqueda but butler buzz bye byron báez caba
cabral cabron cafe cai caida caido calcuta call calvin cam cambridge cameron camp campbell campeon
canada cancer candy canelones cannes cap capitulos capriles carbon carcel card care carita carl
carlo carol caroline carrefour carter casanova case casey cash castle cat catalunya categoria
catherine ceballos cel celu center ceo cha chabon challenge champagne champions chan chance chang
change channel chapman charles charlie charlotte charly chase chavez check chelsea chen cherry
chevrolet chi chicago child children chin choi chris christina christine christopher chrome chu
chuck churchill cia cis city ciu claire clark clarke class classic claude claudio claus clay
cleveland click clinton closet cloud cne cnte coach code codigo cohen cojer cojones colin college
collins comic comision commons community compa company compañia compu comun comunicacion conmebol
conrad constantino construccion conte content controversial conversacion cook cool cooper cor
cordoba core corp corporation corrupcion cosita cositas cost country cover cpu craig crawford crazy
creative credito creditos creeme creia cris critico cross crystal cum cup curry curtis cyber
cynthia cyrus dad daddy dai daily dakar dal dallas damon dana dandole dani danny dans daria dark
dave davis dawn day days dea dead dean death deberiamos deberias decian decis dee deep dei dela
delhi dell della dem demas denis denise denver der design detroit deutsche development dialogo diaz
dic dick did die diesel dif dilma diosdado dire diria discovery discusion disney distrital division
dni doc dog dolares dom donald dong donna doo dorothy douglas down dra drag dragon drake dream drew
drive drone dubai duke duncan duran dylan earl earth east easy ebay economic economica eddie edge
edith edition edo eds education edwards edwin eeuu ehh ela elba eleanor electric electronic eli
elias ellen elliot ellis elsa elvis emi emily emma empezo empire end energy english entendes
entendi enterprise envio enzo epic epn erc eric erick erik erika ernest esc esp espn est estabamos
estara estaria esten estes estupido ethan eua eugene europe european eurovisión eusebio evan evans
eve evelyn ever evil examenes excel exchange exp explorer expo expresion express eye eyes fabra
face facilmente facto facu fair fake falcon family fanny fantasy fao farc fashion faso fast fbi feb
fed feed feel felix feng ferguson fernandez fernet ferrari ferreira fest fiat filme filmes films
financial finde finn fire first fish fisher fisica fit fitness florence flow floyd fmi focus folk
font food football for forbes force ford foreign forever formacion fort forum foster foundation
four fox fra fran france frances francis frank frankfurt franklin franz fred freddie freddy
frederick free freedom freelance freeman freud fria frida friend friends from front fuck fucking
fujimori full fun funcion funk future gaby gal galaxy game games gandhi garay garcia garden gary
gaspar gates gear gen gene generalitat genere genes genocida geo geoffrey george georges gerald
gerard german gestion get ghost gibson gilbert gilberto giles gina giovanni girl girls glenn god
godoy goethe going gold golden gomez gonzalez good gordon gore got grace graciela graham grammy
gray great green greenpeace greg gregory grosso group gta guardian guardiola guia guido guillén gus
gutierrez guy gym hab habian habra habria hacian hackear had haha hahaha hai hal hall hamilton
hamlet hank hanna hannah hans happy hara hard hardcore hare harley harold harper harris harrison
harry hart harvard harvey has hassan hat have hayes hbo head health heart hector helen hell hello
help henderson henri henrique henry her herald herbert here herman hernandez hero heroes hetero hey
higgins high hill hillary hills hilton hip hiroshima his history hit hitler hits hoc holmes homo
hong hood hop hope host hot house houston how howard hudson hugh hughes hulk human hunt hunter hyun
ian ibamos ibex ibm ibn ice idem ies igor image imbecil impresion imss imágen inc index indian
indice indie ine inegi info information ing institute int intel intencion inter interes
international interpol into intro investigacion ios ipad ipc iphone ipod iran iraq ire irina irma
iron isbn isis island iso its itunes iva ivan iñaki jack jackie jackson jacques jajaj jajajaj
jajajajaja jajajajajaja jake jam james jamie jan jane janet japan jardin jason javascript javi jay
jean jeans jedi jeep jeff jefferson jeffrey jeje jejeje jennifer jenny jeremy jerry jesse jessica
jesus jill jim jimmy jin joan joaquin job jobs joe joel joey johan johnny johnson joker jon jonas
jones jong jordan jos jose josef joseph josh joshua journal joy joyce judith jul jules julian julie
julius jun june jung just justice justin juventus kai kane kansas kara karina karl kate katherine
katie kay keiko keith kelly ken kennedy kenneth kenny kent kentucky kerry key khan kid kids kill
kim king kingston kirchner kirk kiss kitty klaus klein knight know kong korea kosovo kun kung kurt
kyle lab laden lady lake lam lan land lane lang language lao larry laser last latam latin lauren
laurent law lawrence league learning led left lei leido lenin lennon leon leonard leonel leslie let
levy lewis lex liam liberty lic lider life light like likes lily limited limites lin lincoln line
linea ling link linkedin links linux lionel liquido lis list lit little liu live liverpool living
liz llosa lloyd lobby locke logan lola london long look lope lopez lost lou louis louise love low
luc luca luciano lucky lucy luiz luke lula luther lydia lynch lynn lyon mabel mac machine macri mad
madame made madison madonna mae magazine maggie magic mai mail mails main make malcolm malik mall
mami man management manager manchester mandela manhattan mao maps marcel marcelo march marcus
margaret marge mari maria marian marianne marico marie marilyn marion mark market marley mars
marshall mart martin martinez marvel marx mary maryland mason mass massa massachusetts master
masters match matrix matt matthew maurice max maxi maximiliano may mayer mayoria mclaren mea meade
med medico meet mel melanie melbourne melissa melo men mendes menem mer merkel messenger metallica
mex mexico meyer mia miami michael michel michelle michigan mick mickey microsoft mier mike milan
milanesas mill miller millon mills milton min mind ming mini minnesota mios mir miriam mirror
mision miss mister mit mitchell mix mobile mod mode model modus molly mon moncloa monde money
monica monroe mons monsanto monster montiel monton montos montreal moon moore more moreira morgan
mori morning morris morrison mother mountain movie movil movistar mozart much muchisimas muchisimo
mud muhammad mujica multi munich murio murphy murray music mussolini must myers nac nacio nadal
nadia nah nam name nancy nano naomi naruto nash nat natalie natasha nathan national navarrete nba
need neil nel neo nerd neruda nes nestor net netflix network never new news newton next neymar nice
nicholas nick nicky nico nicolas nicole nigel night nike nina nino nintendo nisman nissan nixon
niza noah noel nokia nom nop nora norman north nose not nou nov now nro nsa nuñez obama ocde ocean
oct odebrecht oea off office oficialismo ohh ohio oidos oil oir okay oklahoma old olimpia oliveira
oliver omar oms one ong ongs only opcion open operacion oposicion orange organizacion orleans oslo
osorio osvaldo other our out over owen oxford pac pacific pag page palmer pam panama pandora paola
paolo paper papers paradise paraiso paris park parker part party pas pascal pasion pass pat patrick
pau paul paulo pay paypal pbi pdvsa peace pearl pedi pemex pen pendeja pendejadas penny pensas
pense people pepsi per percy perdi perdio perez perfect performance perry persia peru pet pete
peter petersburgo peterson petit peugeot peñarol phil philip philippe philips phillip phillips
phoenix photo photoshop pib pic pick pidio ping pink pinochet pitt piñera pla place planet plate
play playboy playstation please podia podian podra podras podriamos podrias poe point pokemon poker
pokémon poli policias policy political politicos politics ponce pony pool porfa poronga porq
porsche port porter portland posicion poster potter pour powell power practicamente prada prat pre
premier prepa presentacion presi president presion press pri price prince principe prision prof
prohibe project promo proposito proteccion pseudo psoe psuv pub public pue puig puigdemont pujol
pure put putin qaeda quebec queen queens queres querian quevedo quinn quo race rachel racing rae
rai raiz rajoy ralph ram ramirez ramon random randy rangers raul raw ray raymond read ready reagan
reality rebecca recien record records reed ref referendum reg reggae regimen rei reich reir
religion remix ren renault rep report republica research restaurant reunion reuters review
revolucion revolution rex reyna reynolds rice rich richard rick ricky ridiculo right rights rihanna
riley rin ring rios rip riquelme river road rob robe robert roberts robin robinson rocky rod
rodriguez rogelio rogers roland roll rolling rom roman ronald ronaldo room roosevelt rose ross
rossi round rousseff router roy royal royale rtve ruben ruby rudy rue run running rush russell ruth
ryan sabrina sad sahara said saint sakura sali sally salon salt sam samantha same sammy sanchez
sanders sandwich sandy sans sant santi sao sarah sas sasha sat save say schmidt schneider school
science scioli scott scout search seattle sec seccion secret security see seg segui seleccion self
selfie selfies semi sen senor sensacion senti sentia sep seran server service services set seth sex
shah shane shanghai sharon shaw shawn she shell sherlock shi shin shock shop shopping short show
sic sicilia side sidney sig silver silvio sim simon simone simpson simpsons sims singh sip sir sisi
site situ six sky skype slim small smart smartphones smith snow soccer society sofia soft some
sondeos song sonic sony soo sophia sophie sorry soul source south southern spa space spain spanish
speed spencer spider sporting sports spot spotify spray spring square sri stalin stan stand
standard stanford stanley star starbucks stark stars start state status steam stefan stella
stephanie stephen steve steven stevens stewart still stock stone stop store stories story strauss
stream street strike stuart studio style suarez sub subs sue sugar sul sullivan summer sun super
superman surf susan suzanne sweet swift switch sydney system tae tag tai take talk talvez tam
tamayo tania tao taylor team tec tech technology tecnica tecnico ted teddy teen tel telecinco
television tell tendra tendras teniamos tenian ter terra terry tests texas text than that the their
them theory there they things think this thomas thompson thor thriller ticket tickets tie tim times
tin tinelli tip tipico tips titanic toc today todd tokyo tom tommy tony too topic tor toronto touch
tours town toy toyota tra track trade traido trans travel traves travis tree trek tri trio trip
troll trolls true trump trust tube tumblr turner tve two tyler uba uber ucr udi uds uefa uff ugt
ulises ultimamente ultimos unam und under underground uni unicef union united univ university ups
urban urss usb usd user uses utc vacio valley valverde vancouver var veia veronica version very via
vic vice vicky videla vido vie viejito view vih vii viktor village vincent vinci vip vision vivian
vladimir voice volkswagen vols volvi volvio von vox vzla wade wagner walker walking wall wallace
walsh walt walter wan wanda wang want war ward warner warren wars was washington watch water watson
way wayne wea weber website week wei well wells wendy weon were west western wey what when where
white who why wii wiki wikipedia wild wilde will williams willie willy wilson win windows winston
winter with without wolf woman women won wong woo wood woody word wordpress work world wow wright
xbox xiaomi xii xiv xix xvi xvii xxi yahoo yale yankee yankees yeah years yes yoo york you young
your youtuber ypf yuan zara zavala zelda zero zeus zhang zoe zone
"""),
}

# wordfreq folds case; these are written so, wherever they stand. Words with two lives ("may",
# "march", "polish", "turkey", "dios") stay lower-case. English "I" carries its contractions too.
CAPITALS = {
    "en": _words("""
I I'd I'll I'm I've
Aaron Abbas Abbott Abby Abdul Abe Abel Aberdeen Abigail Abraham Abrams Achilles Ada Adam Adams
Addison Adelaide Adele Adidas Adler Adolf Adrian Afghanistan Africa Africa's African Africans Afro
Agnes Ahmad Ahmed Aires Ajax Akbar Akron Alabama Alan Alaska Albania Albanian Albany Albert Alberta
Alberto Albion Albuquerque Alec Alejandro Aleppo Alex Alexander Alexandra Alexandria Alexis Alfred
Alfredo Algeria Algerian Ali Alice Alicia Alison Alistair Allah Allan Allen Allison Alma Alvarez
Alvin Alzheimer's Amanda Ambrose Amelia America America's American Americans Americas Ames Amherst
Amish Amos Amsterdam Amy Anaheim Andersen Anderson Andre Andrea Andrei Andrew Andrews Andy Angela
Angeles Angelina Angelo Angie Anglican Anglo Angola Angus Anita Ankara Ann Anna Annapolis Anne
Annette Annie Antarctica Anthony Antoine Anton Antonio Antony Appalachian April Arab Arabia Arabian
Arabic Arabs Archibald Archie Arctic Argentina Aristotle Arizona Arkansas Arlington Armenia
Armenian Armstrong Arnold Arthur Asa Ashley Ashton Asia Asian Asians Assad Assam Aston Athena
Athens Atkins Atkinson Atlanta Atlantic Atlantis Aubrey Auckland Audi Audrey August Augusta
Augustine Augustus Auschwitz Aussie Austen Austin Australia Australia's Australian Australians
Austria Austrian Ava Avery Avon Azerbaijan Babylon Baden Baghdad Bahamas Bahrain Baird Baldwin Bali
Balkans Ballard Baltic Baltimore Bangalore Bangkok Bangladesh Barack Barbados Barbara Barca
Barcelona Barclays Barkley Barlow Barnes Barnett Barr Barrett Barry Bart Bartlett Basel Bauer
Baxter Bayer Bayern Baylor Beatles Beatrice Beaumont Becker Beckett Becky Bedford Beethoven Beijing
Beirut Belarus Belfast Belgian Belgium Belgrade Belize Bella Bellamy Belmont Ben Bengal Bengals
Benghazi Benjamin Bennett Benson Bentley Benton Benz Bergen Berger Berkeley Berkshire Berlin
Bermuda Bernard Bernie Bernstein Bert Beth Bethany Bethesda Bethlehem Betsy Betty Beverly Bianca
Biden Bihar Billie Billy Birmingham Blackburn Blackpool Blackwell Blaine Blair Blake Blanche Blu
Bluetooth Bob Bobby Boeing Boise Bolivia Bollywood Bolton Bombay Bono Booker Boone Bordeaux Boris
Bosch Bosnia Boston Botswana Bournemouth Bowen Bowie Boyd Boyle Bradford Bradley Brady Brandon
Braun Brazil Brazilian Brenda Brendan Brennan Bret Brett Brewster Brexit Brian Bridget Briggs
Brighton Brisbane Bristol Britain Britain's British Britney Brittany Broadway Bronx Brooke Brooklyn
Browne Bruce Bruno Brunswick Brussels Bryan Bryant Bryce Buchanan Buckingham Buckley Budapest
Buddha Buddhism Buddhist Buffy Bulgaria Bulgarian Burlington Burma Burmese Burnett Burnley Burt
Busch Byrd Byron CD CEO CIA Cadillac Cairo Caitlin Calais Calcutta Caldwell Caleb Calgary Calhoun
Cali California California's Calvin Cambodia Cambodian Cambridge Camden Cameron Cameroon Camilla
Camille Campbell Canada Canada's Canadian Canadians Canberra Cannes Canterbury Canucks Cara Caracas
Cardiff Carey Caribbean Carl Carla Carlisle Carlo Carlos Carlson Carlton Carly Carmen Carmichael
Carnegie Carol Carole Carolina Caroline Carolyn Carr Carrie Carroll Carson Cary Casey Cassandra
Cassidy Cassie Castro Catalan Catalonia Catherine Catholic Catholicism Catholics Cathy Caucasian
Caucasus Cecil Cecilia Celsius Celtic Celtics Chanel Chang Chaplin Charles Charleston Charley
Charlie Charlotte Charlottesville Charlton Chatham Chattanooga Chavez Chelsea Cheltenham Chen
Cheney Chennai Cherokee Cheryl Chesapeake Cheshire Chester Chevrolet Cheyenne Chicago Chicago's
Chile Chilean China Chinatown Chinese Chloe Chris Christ Christ's Christchurch Christian
Christianity Christians Christina Christine Christmas Christopher Chrysler Chuck Chung Churchill
Cincinnati Cinderella Cindy Clair Claire Clara Clare Clark Clarke Claude Claudia Claudio Claus
Clayton Clemson Cleveland Clifford Clifton Clint Clinton Clinton's Clive Clyde Cobb Cochran Cody
Cohen Colbert Colby Cole Coleman Colin Colombia Colombian Colombo Colorado Columbia Columbus
Compton Conan Congo Connecticut Connie Connolly Conrad Constance Constantine Constantinople Conway
Cooke Copeland Copenhagen Cora Corey Corinthians Cornelius Cornell Cornish Cornwall Cory Costco
Costello Courtney Coventry Craig Crawford Crimea Crimean Cristina Croatia Croatian Cromwell Crosby
Crowley Cruz Cuba Cuban Cullen Cumberland Cummings Cunningham Curtis Cynthia Cyprus Cyril Cyrus
Czech Czechoslovakia DJ DNA DVD Dakota Dalai Dallas Dalton Damascus Damian Damien Damon Dan Dana
Dane Daniel Danielle Daniels Danish Danny Dante Darcy Darius Darren Darryl Darth Dartmouth Darwin
Daryl Dave David David's Davidson Davies Davis Dawson Dayton Debbie Deborah Debra December Decker
Dee Delaware Delhi Della Denis Denise Denmark Dennis Denny Denton Denver Derbyshire Derek Desmond
Detroit Devin Devon Dewey Diana Diane Diaz Dickinson Dickson Diego Dillon Dino Dion Disney Disney's
Disneyland Dixon Dolores Dominic Dominican Donald Donaldson Doncaster Donna Donnie Donny Donovan
Doris Dorothy Dorset Dortmund Doug Douglas Dover Doyle Dr Dracula Dresden Dubai Dublin Dudley Duffy
Dunbar Duncan Dundee Dunn Durant Durban Durham Dustin Dutch Dwayne Dwight Dylan Dyson EU Easter
Eastwood Eaton Ebola Ecuador Eddie Eden Edgar Edinburgh Edison Edith Edmonton Edmund Edna Eduardo
Edward Edwards Edwin Egypt Egyptian Egyptians Eiffel Eileen Einstein Eisenhower Elaine Eleanor
Elena Eli Elias Elijah Eliot Elisabeth Elise Eliza Elizabeth Ella Ellen Ellie Elliot Elliott Ellis
Ellison Elsa Elton Elvis Emanuel Emerson Emily Eminem Emma Emmanuel Emmy Emory England England's
English Englishman Enrique Epstein Eric Erica Erie Erik Erin Ernest Ernie Ernst Essex Esther
Estonia Ethan Ethel Ethernet Ethiopia Ethiopian Eugene Europa Europe Europe's European Europeans
Evan Evans Evelyn Everest Everett Ewing Exeter Ezekiel Ezra FAQ FBI Facebook Fahrenheit Fairfax
Fairfield Fargo Farrell Faulkner February FedEx Felipe Felix Ferdinand Ferguson Fernandez Fernando
Ferrari Ferris Fiji Filipino Finland Finn Finnish Fiona Firefox Fischer Fitzpatrick Flanders
Fleming Flo Florence Flores Florida Florida's Floyd Flynn Foley Forbes Forrest Forster Fowler Fran
France France's Frances Francesca Francis Francisco Franco Francois Frank Frankenstein Frankfurt
Frankie Franz Fraser Fred Freddie Freddy Frederic Frederick Freeman French Frenchman Fresno Freud
Friday Friday's Fridays Friedman Friedrich Fulton Gabriel Gabrielle Gaelic Gail Gallagher Galloway
Galveston Gandhi Garcia Gardiner Gardner Gareth Garfield Garrett Garry Gary Gavin Gaza Geelong
Gemini Gene Geneva Geo Geoffrey George George's Georges Georgetown Georgia Georgian Gerald Gerard
German Germans Germany Germany's Gerry Gertrude Getty Ghana Gibbs Gibraltar Gibson Gideon Gil
Gilbert Giles Gillespie Gillian Gilmore Gina Giovanni Gladys Glasgow Glen Glenn Gloria Gloucester
Gloucestershire Goddard Godfrey Godzilla Gogh Goldberg Goldman Gomez Gonzalez Goodwin Google Gordon
Gotham Gould Gracie Graham Grammy Greece Greek Greeks Greene Greenland Greenville Greenwich Greer
Greg Gregg Gregory Greta Griffin Griffith Grimm Guam Guangzhou Guantanamo Guatemala Gucci Guinea
Guinness Gujarat Gupta Gus Guthrie Guyana Gwen HIV Hague Haiti Haitian Hal Haley Halifax Halloween
Hamas Hamburg Hamilton Hammond Hampshire Hampton Han Hancock Hanna Hannah Hannibal Hanoi Hanover
Hans Hansen Hanson Harding Harlem Harley Harold Harper Harriet Harrington Harris Harrison Harry
Harry's Hartford Hartley Harvard Harvey Haskell Hastings Hathaway Havana Hawaii Hawaiian Hawkins
Hawthorne Hayden Hayes Haynes Heather Hebrew Heidi Heinrich Helen Helena Helsinki Hemingway
Henderson Hendrix Henri Henrik Henry Herbert Hercules Herman Hermann Hermes Hernandez Herrera
Hewitt Hezbollah Higgins Hilary Hillary Hilton Hindi Hindu Hinduism Hindus Hiroshima Hispanic
Hispanics Hitchcock Hitler Hitler's Hobart Hobbs Hodge Hodges Hoffman Holland Holloway Hollywood
Holmes Holocaust Homer Honda Honduras Hong Honolulu Hopkins Horace Horton Houston Howard Howe
Howell Huang Hubbard Hubert Hudson Hugh Hughes Hugo Hume Humphrey Hungarian Hungary Huntington
Hussein Hutchinson Hyde Hyderabad Hyundai ID Ian Iceland Icelandic Ida Idaho Igor Ike Ikea Illinois
India India's Indian Indiana Indianapolis Indians Indonesia Indonesian Indy Ingram Ingrid Instagram
Inverness Iowa Ipswich Ira Iran Iran's Iranian Iraq Iraqi Ireland Ireland's Irene Irish Irvine
Irving Irwin Isaac Isabel Isabella Isabelle Isaiah Isis Islam Islamabad Islamic Islamist Israel
Israel's Israeli Israelis Istanbul Italia Italian Italians Italy Ivan Jack Jackie Jackson Jackson's
Jacksonville Jacob Jacobs Jacqueline Jacques Jaime Jakarta Jake Jamaica Jamaican Jamal James Jamie
Jane Janet Janice January Japan Japanese Jared Jarvis Jason JavaScript Javier Jean Jeanne Jedi Jeff
Jefferson Jeffrey Jenkins Jenna Jenner Jennifer Jennings Jensen Jeremiah Jeremy Jericho Jerome
Jerry Jersey Jerusalem Jesse Jessica Jessie Jesus Jew Jewish Jews Jim Jimmy Joan Joanna Joanne
Joaquin Joe Joe's Joel Joey Johann Johannesburg John Johnny Johnson Johnson's Johnston Jon Jonah
Jonas Jonathan Jones Jordan Jordan's Jorge Jose Joseph Josephine Josh Joshua Joyce Juan Judah
Judaism Judas Judd Jude Judith Judy Jules Julia Julian Julie Julien Juliet Julio Julius July June
Jung Jupiter Jurassic Justin Kabul Kahn Kan Kane Kansas Kara Karachi Karen Karl Kate Katherine
Kathleen Kathryn Kathy Katie Katrina Katy Kaufman Kay Kazakhstan Keith Keller Kelley Kelly Kelsey
Kemp Kendall Kendrick Kennedy Kenneth Kenny Kentucky Kenya Kenyan Kerala Kerr Kerry Kevin Keynes
Khalid Kidd Kiev Kim Kimberly Kingston Kirby Kirk Kirsten Klaus Klein Knowles Knox Knoxville Kobe
Koch Kodak Kong Koran Korea Korea's Korean Koreans Kosovo Kramer Krishna Kristen Kristin Kun
Kurdish Kurdistan Kurt Kuwait Kyle Kyoto Labrador Lacey Lafayette Lagos Lahore Lamar Lamborghini
Lana Lancashire Lancaster Langley Lanka Lankan Lansing Lao Laos Lara Larry Lars Larson Latin Latina
Latinos Latvia Laura Lauren Laurence Laurent Laurie Lawrence Lawson Lazarus Leah Lebanese Lebanon
Leeds Lego Lehman Leicester Leigh Leipzig Len Lena Lenin Lennon Lenny Leo Leon Leonard Leonardo
Leroy Les Leslie Lester Levi Levine Lew Lewis Lexington Lexus Liam Libby Liberia Libya Libyan
Lillian Lilly Lima Lincoln Lincolnshire Linda Lindsay Lindsey Linux Lionel Lisa Lisbon Lithuania
Liverpool Livingston Liz Liza Lizzie Lloyd Locke Lockheed Logan Lois Loki Lola London London's
Lopez Lorenzo Loretta Lori Lorraine Lou Louie Louis Louisa Louise Louisiana Louisville Lowe Lowell
Lowry Lucas Lucia Lucy Ludwig Luigi Luis Luke Luke's Luna Luther Lutheran Luxembourg Lydia Lyle
Lynch Lyndon Lynn Lynne Lyon Lyons Mabel MacArthur Macau Macbeth Macdonald Macedonia Mackenzie
Macmillan Madagascar Madeleine Madison Madonna Madrid Mae Maggie Maharashtra Mai Maine Malawi Malay
Malaysia Malaysian Malcolm Maldives Mali Malibu Malone Malta Manchester Mandela Mandy Manhattan
Manila Manitoba Mann Manning Mansfield Manson Manuel Mao Maori Marc Marcel Marco Marcos Marcus
Margaret Margot Maria Marian Marianne Marie Marilyn Marin Mario Marion Marjorie Marley Marriott
Marseille Marshall Marta Martha Martin Martinez Marty Marvin Marx Marxism Marxist Mary Mary's
Maryland Massachusetts Mathews Matilda Matt Matthew Matthews Maui Maureen Maurice Maxine Mayer
Maynard Mazda McBride McCain McCall McCarthy McCartney McConnell McCoy McDonald McDonald's
McDonnell McDowell McGee McGuire McKay McKenzie McLaughlin McLean McMahon McQueen Medina
Mediterranean Megan Meghan Melanie Melbourne Melinda Melissa Melvin Memphis Mendoza Mercedes
Meredith Merrill Methodist Mexican Mexicans Mexico Mexico's Meyer Meyers Miami Michael Michael's
Michel Michele Michelin Michelle Michigan Mickey Microsoft Microsoft's Middlesbrough Middleton
Midwest Miguel Mike Mikhail Milan Milford Milton Milwaukee Mimi Ming Minneapolis Minnesota Minnie
Mira Miranda Miriam Mississippi Missouri Mitch Mitchell Mitsubishi Moe Mohamed Mohammad Mohammed
Mona Monaco Monday Monday's Mondays Mongolia Monica Monroe Mont Montana Monterey Montgomery
Montreal Monty Moore Morales Moran Moreno Morgan Mormon Moroccan Morocco Morrison Mortimer Morton
Moscow Moses Mosul Motorola Mozambique Mozart Mr Mrs Ms Mubarak Mueller Muhammad Muir Mumbai Munich
Murdoch Murphy Murray Muslim Muslims MySpace Myanmar Myers NASA NATO NBA NYC Nadia Nadine Nairobi
Nam Namibia Nancy Naomi Napa Naples Nash Nashville Nassau Nat Natalie Natasha Nate Nathan Nathaniel
Navajo Nazi Nazis Neal Nebraska Ned Neil Nelson Neo Nepal Neptune Nero Netflix Netherlands Nevada
Neville Newark Newcastle Newfoundland Newman Newport Niagara Nicaragua Nicholas Nichols Nicholson
Nick Nicola Nicolas Nicole Nielsen Nigel Niger Nigeria Nigeria's Nigerian Nike Nikki Nikon Nile
Nina Nintendo Nissan Nixon Noah Nobel Nokia Nolan Nora Nordic Norfolk Norma Norman Normandy Norris
Northampton Northumberland Norton Norway Norwegian Norwich Nottingham November O'Brien O'Connell
O'Connor O'Donnell O'Neill OK Oakland Oakley Obama Obama's Obamacare October Ohio Oklahoma Olga
Oliver Olivia Olivier Ollie Olsen Olson Olympia Olympian Olympic Olympics Olympus Omaha Oman Omar
Ontario Oprah Oregon Orion Orlando Orleans Orr Ortiz Osaka Osborne Oscar Oscars Oslo Oswald Otis
Ottawa Owen Owens Oxford PC Pablo Pacific Packard Paige Pakistan Pakistan's Pakistani Palestine
Palestinian Palestinians Pamela Panama Papua Paralympic Paris Parisian Parker Parkinson's Pasadena
Patel Paterson Patricia Patrick Patrick's Patterson Patton Paul Paul's Paula Pauline PayPal Payne
Peabody Pearson Pedro Peggy Penelope Penn Pennsylvania Pepsi Percy Perez Perkins Persia Persian
Perth Peru Peruvian Pete Peter Petersburg Peterson Petra PhD Phelps Phil Philadelphia Philip
Philippe Philippine Philippines Philips Phillip Phillips Philly Phyllis Picasso Pierce Pierre Pitt
Pittsburgh Plato PlayStation Pluto Plymouth Pokémon Poland Polly Poole Porsche Portland Portsmouth
Portugal Portuguese Potomac Potter Powell PowerPoint Prague Pratt Prescott Presley Preston Pretoria
Princeton Protestant Prussia Prussian Puerto Pulitzer Pune Punjab Purdue Putin Putin's Putnam Qatar
Quebec Queensland Quentin Quincy Quinn Quran Rachel Radcliffe Rae Rafael Rajasthan Raleigh Ralph
Rama Ramirez Ramon Ramos Ramsay Ramsey Randall Randolph Randy Raphael Raul Raymond Reagan Rebecca
Reese Reggie Regina Reich Reid Reilly Renault Rene Renee Reno Reuben Reuters Rex Reyes Reynolds
Rhine Rhode Rhodes Ricardo Richard Richards Richardson Richie Richmond Rick Ricky Rico Ridley Riley
Rio Ripley Rita Ritz Rivera Robbie Robbins Robert Roberto Roberts Robertson Robinson Robyn Roche
Rochester Rockefeller Rockies Rodgers Rodney Rodrigo Rodriguez Roger Rogers Roland Rolex Rolf
Rollins Romania Romanian Romans Rome Romero Romney Ron Ronald Ronnie Rooney Roosevelt Rory Rosa
Rosenberg Rosie Ross Roth Rowe Rowland Rowling Roy Royce Rubin Rudolph Rudy Rufus Rupert Russ
Russell Russia Russia's Russian Russians Russo Rutgers Rutherford Rwanda Ryan Ryan's Ryder SUV
Sabrina Sachs Sacramento Saddam Sadie Sahara Saharan Salem Salisbury Sally Salvador Sam Samantha
Sammy Samoa Samson Samsung Samuel San Sanchez Sandra Sandy Sanford Sanskrit Santa Santiago Santos
Sara Sarah Sasha Saskatchewan Satan Saturday Saturday's Saturdays Saturn Saudi Saul Saunders Saxon
Scandinavia Scandinavian Scarborough Schmidt Schneider Schultz Schwartz Scientology Scotland
Scotland's Scots Scott Scott's Scottish Sean Seattle Sebastian Seinfeld Selena Semitic Semitism
Senegal Seoul September Serbia Serbian Sergei Sergio Seth Seymour Shakespeare Shan Shane Shanghai
Shannon Shapiro Sharif Sharon Sharpe Shaun Shawn Shea Sheffield Shelby Sheldon Shelley Shelton
Shepard Sheppard Sheridan Sherlock Sherman Sherwood Shia Shirley Shrek Siberia Siberian Sicily Sid
Sidney Sikh Simmons Simon Simone Simpson Simpsons Sinai Sinatra Sinclair Singapore Singh Sioux
Sirius Skye Skype Sloan Slovakia Slovenia Smithsonian Snyder Socrates Sofia Soho Solomon Somali
Somalia Sonia Sony Sophia Sophie Southampton Soviet Spain Spaniards Spanish Spartans Spencer
Spokane Springfield Stacey Stacy Stafford Staffordshire Stalin Stamford Stan Stanford Stanley
Stanton Starbucks Starr Staten Steele Stefan Stella Stephanie Stephen Stephens Stephenson Steve
Steven Stevens Stevenson Stevie Stewart Stirling Stockholm Stockton Strauss Stuart Suarez Subaru
Sudan Sudanese Suffolk Sullivan Sunday Sunday's Sundays Sunderland Sunni Susan Susie Sussex
Sutherland Sutton Suzanne Suzuki Sven Swansea Sweden Swedish Sweeney Swiss Switzerland Sydney Sykes
Sylvester Sylvia Syracuse Syria Syrian TV Tacoma Taft Tai Taipei Taiwan Taiwanese Talbot Taliban
Tamil Tampa Tanya Tanzania Tao Tara Tasmania Tate Tatum Taurus Taylor Taylor's Ted Teddy Tehran
Tennessee Teresa Terry Texans Texas Thai Thailand Thames Thanksgiving Theodore Theresa Thomas
Thompson Thomson Thor Thornton Thorpe Thursday Thursdays Tibet Tibetan Tiffany Tim Timmy Timor
Timothy Tina Tito Titus Tobago Tobias Toby Todd Tokyo Toledo Tom Tomas Tommy Toni Tony Tories
Toronto Torres Tory Townsend Toyota Tracey Tracy Travis Trent Trenton Trevor Trinidad Tristan
Trojan Trojans Troy Trudeau Truman Tucson Tudor Tuesday Tuesdays Tulsa Tunisia Turin Turk Turkish
Turks Twitter Tyler Tyrone Tyson UFO UK UN UNESCO USA USB Ubuntu Uganda Ukraine Ukrainian Upton
Urdu Uruguay Utah VIP Vader Valencia Valerie Vance Vancouver Vanderbilt Vanessa Vargas Vatican
Vaughan Vaughn Vega Vegas Venezuela Venezuelan Venice Ventura Venus Vera Verizon Vermont Vernon
Versailles Viagra Vic Vicky Victor Victoria Victoria's Victorian Vienna Vietnam Vietnamese Vince
Vincent Vinci Virgil Virginia Vivian Vladimir Volkswagen Volvo Vulcan Wagner Wakefield Wal Wales
Wallace Waller Wallis Walmart Walsh Walt Walter Walters Walton Wanda Wang Warner Warren Warsaw
Warwick Washington Washington's Watergate Watkins Watson Wayne Webb Webster Wednesday Wednesdays
Wei Weiss Wellington Welsh Wembley Wendell Wendy Werner Wesley Westminster Weston Whitaker
Whitehall Whitman Whitney WiFi Wichita Wigan Wiggins Wii Wikileaks Wikipedia Wilbur Wilcox Wilde
Wiley Wilhelm Wilkes Wilkins Wilkinson Willard William Williams Williamson Willie Willis Wilmington
Wilson Wilson's Wiltshire Wimbledon Winchester Windsor Winnie Winnipeg Winston Wisconsin Wolfe
Wolfgang Wong Woodward Worcester WordPress Wright Wyatt Wyoming Xavier Xmas Yahoo Yale Yamaha
Yankee Yankees Yates Yellowstone Yemen Yong York's Yorkshire Yosemite YouTube Yugoslavia Yuri
Yvonne Zach Zambia Zara Zealand Zealand's Zelda Zeus Zimbabwe Zimmerman Zion Zionist Zoe eBay iOS
iPad iPhone iPod
"""),
    "es": _words("""
ADN Abraham Acapulco Acevedo Acosta Adela Adolfo Adriana Adrián Afganistán Aguascalientes Aguilar
Aguilera Aguirre Alarcón Alaska Albacete Albania Albert Alberto Alcalá Alejandra Alejandro
Alejandría Alemania Alexander Alexandra Alfonso Alfredo Algeciras Alicia Almeida Almería Alpes
Altamira Alvarado Alvear Alzheimer Alá Amalia América Américas Ana Anaya Andalucía Andes Andorra
Andrade Andrea Android Andrés Angela Angelina Angola Anita Anna Antillas Antioquia Antofagasta
Antonia Antonio Antártida Antón Aníbal Aquiles Aquino Arabia Aragua Aragón Aranda Arango Arequipa
Argelia Argentina Aristóteles Arizona Artigas Arturo Asia Asturias Atacama Atenas Aurelio Australia
Austria Axel Ayacucho Ayala Azerbaiyán Badajoz Bagdad Bahamas Balcanes Barbara Barbosa Barcelona
Bariloche Barquisimeto Barranquilla Bartolomé Beatriz Beirut Belgrado Belgrano Belice Beltrán
Benedicto Benítez Berkeley Bermudas Bermúdez Bernal Bernard Bernardino Betancourt Bielorrusia
Bilbao Birmania Blas Bogotá Bolivia Bonilla Borbón Borja Bosco Bosnia Boston Boyacá Brasil Brenda
Bucaramanga Budapest Bulgaria Burgos Bustamante Bélgica Cairo Cajamarca Cali Camacho Camboya
Camerún Camila Canadá Cancún Cantabria Carabobo Carlos Carlota Carmelo Carmona Carreño Cartagena
Cartago Casablanca Castañeda Castellón Cataluña Catamarca Cauca Cayetano Cañete Cecilia
Centroamérica Cervantes Ceuta Chacón Chad Chapultepec Chaves Chiapas Chile China Chipre Christian
Chubut Chávez Cifuentes Ciro Cisneros Claudia Coahuila Cochabamba Colombia Columbia Compostela
Constantinopla Contreras Copenhague Coquimbo Cortázar Corán Crimea Cristian Cristina Cristo
Cristóbal Croacia Cuauhtémoc Cuba Cuernavaca Cundinamarca Cusco Cáceres Cádiz Cáucaso Córdova
Cúcuta DVD Damián Daniel Daniela Danilo Darwin Darío David Dennis Derek Diego Dinamarca Dionisio
Domínguez Dora Drácula Duero Durango Durán Dávila Díaz Díez Ebro Echeverría Ecuador Edgar Eduardo
Edward Egipto Einstein Elena Elisa Elizabeth Eloy Elvira Elías Emilia Emiliano Emilio Emmanuel
Ernesto Eslovaquia Eslovenia España Espinoza Estambul Esteban Esther Estocolmo Estrasburgo Etiopía
Eugenia Eugenio Europa Euskadi Eva Extremadura Ezequiel FIFA Fabio Fabián Facebook Federico
Feliciano Felipe Fermín Fernanda Fernando Fernández Ferrer Fidel Figueroa Finlandia Firefox Flandes
Florencia Florencio Fonseca Formosa Francia Francisco Funes Fátima Félix Gabriel Gabriela Galeano
Galicia Galindo Garzón Gastón Georgia Gerardo Gerona Getafe Ghana Gibraltar Gijón Giménez Girona
Gonzalo González Google Goya Granada Grecia Gregorio Guadalajara Guadalupe Guanajuato Guatemala
Guayana Guayaquil Guevara Guillermo Gustavo Gutiérrez Guyana Gálvez Génova Gómez Haití Halloween
Hamburgo Heredia Hermosillo Hernando Hernán Hernández Herzegovina Hipólito Hispanoamérica Homero
Honduras Horacio Huawei Huelva Huesca Hugo Humberto Humboldt Hungría Héctor Ibarra Ibiza Ibáñez Ica
Ignacio Illinois Inglaterra Ingrid Instagram Inés Iquique Irak Irene Isaac Isabel Isaías Isidoro
Isidro Islandia Ismael Israel Italia Iván Jacob Jacobo Jaime Jalisco Jamaica Janeiro Japón
Jaramillo Javier Jehová Jerusalén Jesucristo Jesús Jiménez Joaquín John Jonathan Jordania Jordi
Jorge Josefa Josep José Juan Juana Juanito Jujuy Julieta Julián Junín Juárez Karen Kazajistán Kenia
Kevin Kiev Kuwait Lagos Lanka Lanús Laos Lara Laredo Latinoamérica Laura Leandro Leonardo Leonor
Leopoldo Leticia Liberia Lima Lina Lisboa Lituania Logroño Loja Londres Lorca Lorena Lorenzo Loreto
Lourdes Lugo Luis Luján Luxemburgo Líbano López Madagascar Madrid Magallanes Mahoma Maldonado
Mallorca Malvinas Managua Manrique Manu Manuel Maracaibo Maradona Marbella Marc Marcela Marcelino
Mario Marsella Martha Martina Martí Martínez María Marín Matilde Matías Mauricio Mauritania
Medellín Medina Melilla Mendoza Menéndez Mercedes Mercosur Messi Mexicali Michoacán Miguel
Miraflores Mohamed Moldavia Molina Mongolia Montenegro Montevideo Montoya Montserrat Morelia
Morelos Morón Moscú Moyano Mozambique Murcia Murillo Muñoz Márquez Méndez Mérida México Mónaco
Mónica Nariño Natalia Nayarit Nelson Nepal Neuquén Nicaragua Nicolás Nietzsche Nigeria Nilo Nobel
Norteamérica Noé Nápoles Néstor Níger Núñez ONU OTAN Oaxaca Obregón Ocampo Ochoa Octavio Ojeda Olga
Olimpo Olivia Oporto Ordóñez Orinoco Orlando Orozco Ortiz Oruro Oscar Otto Oviedo Pablo Pacheco
Pachuca Paco Pakistán Palencia Palermo Pamplona Panamá Paraguay Paraná Patagonia Paula Paulina
Pedro Pekín Pelayo Pereira Perón Perú Petro Picasso Pierre Pizarro Polanco Polonia Pontevedra
Porfirio Portugal Praga Páez Pérez Qatar Querétaro Quilmes Quiroga Quito Rafael Ramiro Ramírez
Raquel Raúl Regina René Restrepo Reus Ricardo Rivadavia Rivas Rivero Roberto Rodolfo Rodrigo
Rodríguez Roger Rolando Roma Rubén Ruiz Rumania Rusia Rómulo Saavedra Salazar Saltillo Samsung
Samuel San Sandoval Sandra Santana Santander Sanz Sara Saúl Sebastian Sebastián Segovia Senegal
Serbia Sergio Serra Sevilla Seúl Shakespeare Shakira Siberia Silvia Sinaloa Singapur Sofía Solís
Somalia Sonia Soria Sucre Sudamérica Sudáfrica Sudán Suecia Suárez Sáenz Sánchez Sócrates TV Tacna
Tailandia Taiwán Talavera Talca Tamara Tamaulipas Tampico Tanzania Tarragona Tatiana Tegucigalpa
Teherán Telegram Temuco Tenerife Teodoro Teruel Tijuana Tlaxcala Tobago Tokio Toledo Tolima Toluca
Toni Torres Tovar Troya Trujillo Tucumán Turquía Twitter Táchira Tíbet Túnez UNESCO Uganda Ulloa
Uribe Urquiza Uruguay Valdez Valdivia Valdés Valencia Valentín Valenzuela Valera Valeria Valladolid
Vallejo Valparaíso Vanessa Varela Varsovia Velasco Velásquez Velázquez Venecia Venezuela Veracruz
Vergara Vicente Victor Vidal Viena Vietnam Vigo Vila Villalobos Villar Villarreal Villegas Virgilio
Vizcaya Vásquez Vázquez Vélez WhatsApp William Xalapa Xavier Yemen Yolanda YouTube Yucatán
Yugoslavia Yuri Zacatecas Zambrano Zamora Zaragoza Zelanda Zulia Álvarez Álvaro Ámsterdam Ángela
Ávila Óscar
"""),
}
