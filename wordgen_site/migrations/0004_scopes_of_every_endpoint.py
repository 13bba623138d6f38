"""Give the existing keys the scopes of what every key could do before."""

import generation.auth.scopes
from django.db import migrations, models

ADDED = ["chat", "batch", "files", "metrics"]


def add(apps, schema_editor):
    for key in apps.get_model("wordgen_site", "ApiKey").objects.only("pk", "scopes").iterator():
        key.scopes = [*ADDED, *(scope for scope in key.scopes if scope not in ADDED)]
        key.save(update_fields=["scopes"])


def remove(apps, schema_editor):
    for key in apps.get_model("wordgen_site", "ApiKey").objects.only("pk", "scopes").iterator():
        key.scopes = [scope for scope in key.scopes if scope not in ADDED]
        key.save(update_fields=["scopes"])


class Migration(migrations.Migration):
    dependencies = [("wordgen_site", "0003_api_key_scopes")]

    operations = [
        migrations.AlterField(
            model_name="apikey",
            name="scopes",
            field=models.JSONField(
                blank=True,
                default=generation.auth.scopes.default_scopes,
                help_text="What the key may do. Everything else is refused with 403.",
                validators=[generation.auth.scopes.validate_scopes],
            ),
        ),
        migrations.RunPython(add, remove),
    ]
