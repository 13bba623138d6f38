from django.urls import path

from batches import views

urlpatterns = [
    path("batch/jobs", views.JobsView.as_view(), name="batch-jobs"),
    path("batch/jobs/<str:job_id>", views.JobView.as_view(), name="batch-job"),
    path("batch/jobs/<str:job_id>/results", views.ResultsView.as_view(), name="batch-results"),
]
