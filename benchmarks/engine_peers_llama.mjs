// llama.cpp through its Node binding, for `engine_peers.py`: a line of JSON asks, a line answers.
// The arguments: the package's folder, the model's file, the threads.
import {createInterface} from "node:readline";

const [folder, file, threads] = process.argv.slice(2);
const {getLlama, LlamaGrammarEvaluationState, LlamaLogLevel} = await import(`${folder}/dist/index.js`);
const llama = await getLlama({
    gpu: false, build: "never", maxThreads: Number(threads), logLevel: LlamaLogLevel.error
});
const model = await llama.loadModel({modelPath: file, gpuLayers: 0});
const context = await model.createContext({contextSize: 1024, threads: Number(threads)});
const sequence = context.getSequence();
const grammars = new Map();

for await (const line of createInterface({input: process.stdin})) {
    const {prompts: [prompt], tokens, constraint} = JSON.parse(line);
    const options = {temperature: 0};
    if (constraint) {
        if (!grammars.has(constraint))
            grammars.set(constraint, await llama.createGrammar({grammar: constraint}));
        options.grammarEvaluationState =
            new LlamaGrammarEvaluationState({model, grammar: grammars.get(constraint)});
    }
    await sequence.clearHistory();
    let written = 0;
    const started = performance.now();
    for await (const _ of sequence.evaluate(model.tokenize(prompt, true), options)) {
        written += 1;
        if (written >= tokens) break;
    }
    console.log(JSON.stringify({tokens: written, seconds: (performance.now() - started) / 1e3}));
}
process.exit(0);
