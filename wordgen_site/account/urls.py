from django.urls import path

from wordgen_site.account.pages import AccountPage, PasswordPage, RevokeKey

urlpatterns = [
    path("account/", AccountPage.as_view(), name="account"),
    path("account/password/", PasswordPage.as_view(), name="password_change"),
    path("account/keys/<int:pk>/revoke/", RevokeKey.as_view(), name="revoke-key"),
]
