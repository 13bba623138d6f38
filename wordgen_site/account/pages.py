"""The account page, and the actions on keys of its user."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.contrib.auth.views import PasswordChangeView
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse, reverse_lazy
from django.views.generic import View

from generation.auth.api_key import ApiKey
from vocab.pages.app_page import AppPage
from wordgen_site.account.key_form import KeyForm

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MAKE_KEYS = "wordgen_site.add_apikey"


class AccountPage(AppPage, View):
    """Lists the user's keys. A POST makes a key and shows its token, once."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, KeyForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        user = cast("User", request.user)
        if not user.has_perm(MAKE_KEYS):
            raise PermissionDenied
        form = KeyForm(request.POST)
        if not form.is_valid():
            return self._page(request, form)
        key, token = form.make_key(user)
        # The token is in this response alone: not in a message, which the database would keep.
        response = self._page(request, KeyForm(), key=key, token=token)
        response.headers["Cache-Control"] = "no-store"
        return response

    def _page(self, request: HttpRequest, form: KeyForm, **more: Any) -> HttpResponse:
        user = cast("User", request.user)
        keys = ApiKey.objects.filter(user=user).select_related("alias", "wordlist")
        context = {
            "form": form,
            "keys": keys,
            "usable": set(keys.usable().values_list("pk", flat=True)),
            "may_make_keys": user.has_perm(MAKE_KEYS),
            "chat_url": request.build_absolute_uri(reverse("chat-completions")),
        }
        return TemplateResponse(request, "account/account.html", {**context, **more})


class RevokeKey(AppPage, View):
    """Ends a key of the user at once. Nobody can undo it here."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        own = ApiKey.objects.filter(user=cast("User", request.user), pk=pk)
        key = own.first()
        if key is None:
            raise Http404
        if own.filter(enabled=True).update(enabled=False):
            messages.success(request, f"The key {key.name} was revoked.")
        else:
            messages.info(request, f"The key {key.name} was revoked already.")
        return HttpResponseRedirect(reverse("account"))


class PasswordPage(AppPage, PasswordChangeView):
    template_name = "account/password.html"
    success_url = reverse_lazy("account")

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        messages.success(self.request, "The password was changed. Other browsers are logged out.")
        return response
