from django.urls import path

from generation import views

urlpatterns = [
    path("models", views.ModelsView.as_view(), name="models"),
    path("chat/completions", views.ChatCompletionsView.as_view(), name="chat-completions"),
]
