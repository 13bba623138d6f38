from django.urls import path

from vocab.pages.lists_page import ListPage, ListsPage
from vocab.pages.upload_pages import ReportPage, UploadPage

urlpatterns = [
    path("lists/", ListsPage.as_view(), name="lists"),
    path("lists/<slug:slug>/", ListPage.as_view(), name="list"),
    path("lists/<slug:slug>/upload/", UploadPage.as_view(), name="list-upload"),
    # Not below /lists/, where it would take a slug from the lists.
    path("uploads/", UploadPage.as_view(), name="upload"),
    path("uploads/<int:pk>/", ReportPage.as_view(), name="upload-report"),
]
