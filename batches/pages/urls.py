from django.urls import path

from batches.pages.jobs_page import DownloadPage, JobsPage

urlpatterns = [
    path("jobs/", JobsPage.as_view(), name="jobs"),
    path("jobs/<str:job_id>/results.<str:name>", DownloadPage.as_view(), name="job-download"),
]
