"""Count what jobs of before have done, and keep the seeds that were given for them."""

from django.db import migrations
from django.db.models import Count, Q, Sum


def fill(apps, schema_editor):
    BatchJob = apps.get_model("batches", "BatchJob")
    for job in BatchJob.objects.order_by("pk").iterator():
        counts = apps.get_model("batches", "BatchItem").objects.filter(job=job).aggregate(
            succeeded=Count("pk", filter=Q(status="succeeded")),
            failed=Count("pk", filter=Q(status="failed")),
            prompt_tokens=Sum("result__prompt_tokens", default=0),
            completion_tokens=Sum("result__completion_tokens", default=0),
        )
        BatchJob.objects.filter(pk=job.pk).update(
            succeeded_count=counts["succeeded"],
            failed_count=counts["failed"],
            prompt_tokens=counts["prompt_tokens"],
            completion_tokens=counts["completion_tokens"],
            seed=job.parameters.get("seed") or job.seed,
        )


class Migration(migrations.Migration):
    dependencies = [("batches", "0003_slices_and_life_cycle")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
