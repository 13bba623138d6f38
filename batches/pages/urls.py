from django.urls import path

from batches.pages.jobs_page import DownloadPage, JobsPage
from batches.pages.new_job_page import JobDraftPage, NewJobPage

urlpatterns = [
    path("jobs/", JobsPage.as_view(), name="jobs"),
    path("jobs/new/", NewJobPage.as_view(), name="new-job"),
    path("jobs/new/<int:pk>/", JobDraftPage.as_view(), name="job-draft"),
    path("jobs/<str:job_id>/results.<str:name>", DownloadPage.as_view(), name="job-download"),
]
