from django.urls import path

from generation.playground import PlaygroundView

urlpatterns = [path("", PlaygroundView.as_view(), name="playground")]
