from django.urls import path

from generation.vocab_api import views

urlpatterns = [
    path("vocab/check", views.CheckView.as_view(), name="vocab-check"),
    path("vocab/profile", views.ProfileView.as_view(), name="vocab-profile"),
]
