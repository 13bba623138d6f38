from django.urls import path, re_path

from batches import views
from batches.lifecycle import ACTIONS

urlpatterns = [
    path("batch/jobs", views.JobsView.as_view(), name="batch-jobs"),
    path("batch/jobs/<str:job_id>", views.JobView.as_view(), name="batch-job"),
    path("batch/jobs/<str:job_id>/results", views.ResultsView.as_view(), name="batch-results"),
    re_path(
        rf"^batch/jobs/(?P<job_id>[^/]+)/(?P<action>{'|'.join(ACTIONS)})$",
        views.JobActionView.as_view(),
        name="batch-job-action",
    ),
]
