"""Let django-q2's scheduler call the sweep every minute."""

from django.db import migrations


def create(apps, schema_editor):
    apps.get_model("django_q", "Schedule").objects.get_or_create(
        name="batches.sweep",
        defaults={"func": "batches.tasks.sweep", "schedule_type": "I", "minutes": 1},
    )


def delete(apps, schema_editor):
    apps.get_model("django_q", "Schedule").objects.filter(name="batches.sweep").delete()


class Migration(migrations.Migration):
    dependencies = [("batches", "0001_initial"), ("django_q", "0018_task_success_index")]

    operations = [migrations.RunPython(create, delete)]
