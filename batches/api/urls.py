from django.urls import path, re_path

from batches.api import batch_views, file_views, job_views
from batches.lifecycle.actions import ACTIONS

urlpatterns = [
    path("files", file_views.FilesView.as_view(), name="files"),
    path("files/<str:file_id>", file_views.FileView.as_view(), name="file"),
    path("files/<str:file_id>/content", file_views.FileContentView.as_view(), name="file-content"),
    path("batches", batch_views.BatchesView.as_view(), name="batches"),
    path("batches/<str:batch_id>", batch_views.BatchView.as_view(), name="batch"),
    path("batches/<str:batch_id>/cancel", batch_views.CancelView.as_view(), name="batch-cancel"),
    path("batch/jobs", job_views.JobsView.as_view(), name="batch-jobs"),
    path("batch/jobs/<str:job_id>", job_views.JobView.as_view(), name="batch-job"),
    path("batch/jobs/<str:job_id>/results", job_views.ResultsView.as_view(), name="batch-results"),
    re_path(
        rf"^batch/jobs/(?P<job_id>[^/]+)/(?P<action>{'|'.join(ACTIONS)})$",
        job_views.JobActionView.as_view(),
        name="batch-job-action",
    ),
]
