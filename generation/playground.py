from django.views.generic import TemplateView


class PlaygroundView(TemplateView):
    template_name = "playground.html"
