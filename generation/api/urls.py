from django.urls import path

from generation.api import (
    chat_views,
    model_views,
    responses_views,
    text_completion_views,
    tokenize_views,
)

# Under /v1 and at the root, where vLLM's clients expect them.
tokenizer_patterns = [
    path("tokenize", tokenize_views.TokenizeView.as_view(), name="tokenize"),
    path("detokenize", tokenize_views.DetokenizeView.as_view(), name="detokenize"),
]

urlpatterns = [
    path("models", model_views.ModelsView.as_view(), name="models"),
    path("models/<path:model_id>", model_views.ModelView.as_view(), name="model"),
    path("chat/completions", chat_views.ChatCompletionsView.as_view(), name="chat-completions"),
    path("responses", responses_views.ResponsesView.as_view(), name="responses"),
    path(
        "responses/<str:response_id>",
        responses_views.StoredResponseView.as_view(),
        name="stored-response",
    ),
    path("completions", text_completion_views.TextCompletionsView.as_view(), name="completions"),
    *tokenizer_patterns,
]
