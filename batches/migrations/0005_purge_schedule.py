"""Let django-q2's scheduler delete old jobs' contents once an hour, if BATCH_KEEP_DAYS says so."""

from django.db import migrations


def create(apps, schema_editor):
    apps.get_model("django_q", "Schedule").objects.get_or_create(
        name="batches.purge",
        defaults={"func": "batches.tasks.purge", "schedule_type": "H"},
    )


def delete(apps, schema_editor):
    apps.get_model("django_q", "Schedule").objects.filter(name="batches.purge").delete()


class Migration(migrations.Migration):
    dependencies = [("batches", "0004_fill_counts"), ("django_q", "0018_task_success_index")]

    operations = [migrations.RunPython(create, delete)]
