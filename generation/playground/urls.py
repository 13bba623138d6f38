from django.urls import path

from generation.playground.page import PlaygroundView

urlpatterns = [path("", PlaygroundView.as_view(), name="playground")]
