from django.urls import path

from batches.pages.jobs_consumer import JobsConsumer

websocket_urlpatterns = [path("ws/jobs/", JobsConsumer.as_asgi())]
