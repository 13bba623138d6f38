from django.urls import path

from generation.wordlist_api import list_views, revision_views, study_views, word_views

urlpatterns = [
    path("wordlists", list_views.WordlistsView.as_view(), name="wordlists"),
    path("wordlists/<str:slug>", list_views.WordlistView.as_view(), name="wordlist"),
    path("wordlists/<str:slug>/words", word_views.WordsView.as_view(), name="wordlist-words"),
    path("wordlists/<str:slug>/changes", word_views.ChangesView.as_view(), name="wordlist-changes"),
    path(
        "wordlists/<str:slug>/revisions",
        revision_views.RevisionsView.as_view(),
        name="wordlist-revisions",
    ),
    path(
        "wordlists/<str:slug>/restore",
        revision_views.RestoreView.as_view(),
        name="wordlist-restore",
    ),
    path(
        "wordlists/<str:slug>/compare",
        revision_views.CompareView.as_view(),
        name="wordlist-compare",
    ),
    path(
        "wordlists/<str:slug>/export",
        revision_views.ExportView.as_view(),
        name="wordlist-export",
    ),
    path(
        "wordlists/<str:slug>/coverage",
        study_views.CoverageView.as_view(),
        name="wordlist-coverage",
    ),
    path("wordlists/<str:slug>/forms", study_views.FormsView.as_view(), name="wordlist-forms"),
]
