"""The families of models that see, each as a tiny pair of files of its own kind of pictures, words and template."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.vision.families import sight
from tests.vision.families.language import Language, write_language
from tests.vision.families.sight import Sight, Tower, write_sight
from tests.vision.families.words import Words, byte_pairs, sentence_pieces
from vision.weights import Weights

MISTRAL = (
    "{{ bos_token }}{% for message in messages %}"
    "{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] + ' [/INST]' }}"
    "{% elif message['role'] == 'assistant' %}{{ message['content'] + eos_token }}"
    "{% else %}{{ raise_exception('Only user and assistant roles are supported!') }}{% endif %}{% endfor %}"
)
GEMMA = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}"
    "{% set first_user_prefix = messages[0]['content'] + '\n\n' %}{% set loop_messages = messages[1:] %}"
    "{% else %}{% set first_user_prefix = '' %}{% set loop_messages = messages %}{% endif %}"
    "{% for message in loop_messages %}"
    "{{ '<start_of_turn>' + ('model' if message['role'] == 'assistant' else message['role']) + '\n' }}"
    "{{ first_user_prefix if loop.first else '' }}"
    "{% if message['content'] is string %}{{ message['content'] | trim }}"
    "{% else %}{% for item in message['content'] %}{% if item['type'] == 'image' %}{{ '<start_of_image>' }}"
    "{% else %}{{ item['text'] | trim }}{% endif %}{% endfor %}{% endif %}"
    "{{ '<end_of_turn>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}"
)
CHATML = (
    "{% for message in messages %}{% if loop.first and message['role'] != 'system' %}"
    "{{ '<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n' }}{% endif %}"
    "{{ '<|im_start|>' + message['role'] + '\n' }}"
    "{% if message['content'] is string %}{{ message['content'] }}"
    "{% else %}{% for item in message['content'] %}"
    "{% if item['type'] == 'image' %}{{ '<|vision_start|><|image_pad|><|vision_end|>' }}"
    "{% else %}{{ item['text'] }}{% endif %}{% endfor %}{% endif %}"
    "{{ '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
SMOL = (
    "<|im_start|>{% for message in messages %}{{ message['role'] | capitalize }}"
    "{% if message['content'][0]['type'] == 'image' %}{{ ':' }}{% else %}{{ ': ' }}{% endif %}"
    "{% for line in message['content'] %}{% if line['type'] == 'text' %}{{ line['text'] }}"
    "{% elif line['type'] == 'image' %}{{ '<image>' }}{% endif %}{% endfor %}"
    "<end_of_utterance>\n{% endfor %}{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}"
)
LIQUID = (
    "{{ bos_token }}{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' }}"
    "{{ message['content'] }}{{ '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
TOOLS = ("<tool_call>", "</tool_call>", "<think>", "</think>")
VISION = ("<|im_start|>", "<|endoftext|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>")
CHECKERED = tuple(f"<row_{row}_col_{column}>" for row in range(1, 7) for column in range(1, 7))
TILED = tuple(f"<|img_row_{row}_col_{column}|>" for row in range(1, 11) for column in range(1, 11))


@dataclass(frozen=True)
class Family:
    """One family: its language model, words, template and projector. `sliced` pictures become several chunks.

    `trims` where what the cache holds of a prompt can be cut back: not where layers keep one state, or a window only.
    """

    name: str
    language: Language
    words: Callable[[], Words]
    template: str | None
    sight: Sight
    sliced: bool = False
    trims: bool = True
    seed: int = 1
    """One with which the answers to different questions lie well apart."""

    def write(self, folder: Path) -> Weights:
        """Both files, in a folder that is there."""
        weights = Weights(folder / f"{self.name}.gguf", folder / f"{self.name}-mmproj.gguf")
        write_language(weights.model, self.language, self.words(), self.template, self.seed)
        assert weights.projector
        write_sight(weights.projector, self.sight, self.language.width, self.seed)
        return weights


def _llama() -> Words:
    return sentence_pieces("<s>", "</s>", space_first=True)


def _gemma() -> Words:
    controls = ("<start_of_turn>", "<end_of_turn>", "<start_of_image>", "<end_of_image>", "<image_soft_token>")
    return sentence_pieces("<bos>", "<eos>", controls, ("\n\n", "▁▁", "<table>", "<unused0>"), space_first=False)


def _gemma_4() -> Words:
    controls = ("<|turn>", "<turn|>", "<|image>", "<image|>", "<|image|>", "<|channel>", "<channel|>")
    return sentence_pieces("<bos>", "<eos>", controls, ("\n\n", "▁▁", "<table>", "<unused0>"), space_first=False)


def _qwen() -> Words:
    return byte_pairs("qwen2", "<|endoftext|>", "<|im_end|>", VISION, TOOLS, begins=False)


def _intern() -> Words:
    controls = ("<|im_start|>", "<img>", "</img>", "<IMG_CONTEXT>", "<box>", "</box>")
    return byte_pairs("qwen2", "<|endoftext|>", "<|im_end|>", controls, TOOLS, begins=False)


def _minicpm() -> Words:
    controls = ("<|im_start|>", "<image>", "</image>", "<slice>", "</slice>", "<image_id>", "</image_id>")
    return byte_pairs("qwen2", "<|endoftext|>", "<|im_end|>", controls, TOOLS, begins=False)


def _smol() -> Words:
    controls = ("<|im_end|>", "<fake_token_around_image>", "<global-img>", "<image>", *CHECKERED)
    return byte_pairs("smollm", "<|im_start|>", "<end_of_utterance>", controls, begins=False)


def _mistral() -> Words:
    controls = ("[INST]", "[/INST]", "[IMG]", "[IMG_BREAK]", "[IMG_END]", "[TOOL_CALLS]")
    return byte_pairs("tekken", "<s>", "</s>", controls, begins=True)


def _liquid() -> Words:
    controls = ("<|im_start|>", "<image>", "<|image_start|>", "<|image_end|>", "<|img_thumbnail|>", *TILED)
    return byte_pairs("lfm2", "<|startoftext|>", "<|im_end|>", controls, TOOLS, begins=True)


# LLaVA's own towers have a class token too, which is mended while they load; SigLIP's have none.
_SIGLIP = Tower(64, 8, positions=64)
_SECTIONS = (2, 3, 3, 0)
_MERGE, _SCALE = "clip.vision.spatial_merge_size", "clip.vision.projector.scale_factor"
_PINPOINTS = (64, 128, 128, 64, 128, 128, 192, 64, 64, 192)
_MLP = sight.two_layers("mm.0", "mm.2")
_MERGER = sight.two_layers("mm.0", "mm.2", 4)

FAMILIES = (
    Family("llava", Language("llama"), _llama, None, Sight("mlp", _SIGLIP, (), _MLP), seed=3),
    Family(
        "llava-next",
        Language("llama"),
        _llama,
        MISTRAL,
        Sight(
            "mlp",
            _SIGLIP,
            (
                ("clip.vision.image_grid_pinpoints", _PINPOINTS),
                ("clip.vision.mm_patch_merge_type", "spatial_unpad"),
            ),
            sight.llava_next,
        ),
        sliced=True,
        seed=7,
    ),
    Family(
        "gemma3",
        Language("gemma3", normed_heads=True, normed_after=True, window=48),
        _gemma,
        GEMMA,
        Sight("gemma3", Tower(128, 8, positions=256), ((_SCALE, 2),), sight.gemma),
        trims=False,
        seed=5,
    ),
    Family(
        "gemma4",
        Language("gemma4", normed_heads=True, normed_after=True, window=48, proportional=True),
        _gemma_4,
        GEMMA.replace("<start_of_turn>", "<|turn>")
        .replace("<end_of_turn>", "<turn|>")
        .replace("start_of_image", "|image"),
        Sight(
            "gemma4v",
            Tower(96, 16, positions=1024, tables=2, biased_patches=False, gated=True),
            ((_SCALE, 3),),
            sight.gemma_4,
        ),
        trims=False,
        seed=4,
    ),
    Family(
        "qwen2vl",
        Language("qwen2vl", biased=True, sections=_SECTIONS),
        _qwen,
        CHATML,
        Sight("qwen2vl_merger", Tower(112, 14, biased_patches=False, second_frame=True), ((_MERGE, 2),), _MERGER),
        seed=3,
    ),
    Family(
        "qwen2.5vl",
        Language("qwen2vl", biased=True, sections=_SECTIONS),
        _qwen,
        CHATML,
        Sight(
            "qwen2.5vl_merger",
            Tower(112, 14, biased_patches=False, second_frame=True, gated=True, activation="silu"),
            ((_MERGE, 2), ("clip.vision.n_wa_pattern", 2), ("clip.vision.window_size", 56)),
            _MERGER,
        ),
        seed=3,
    ),
    Family(
        "qwen3vl",
        Language("qwen3vl", normed_heads=True, sections=_SECTIONS, deep_layers=1),
        _qwen,
        CHATML,
        Sight(
            "qwen3vl_merger", Tower(128, 16, positions=64, joined=True, second_frame=True), ((_MERGE, 2),), sight.deep
        ),
        seed=2,
    ),
    Family(
        "internvl",
        Language("qwen2", biased=True),
        _intern,
        CHATML,
        Sight(
            "internvl",
            Tower(64, 8, positions=65, summed_up=True),
            ((_SCALE, 2), ("clip.vision.preproc_max_tiles", 6)),
            sight.internvl,
        ),
        sliced=True,
        seed=4,
    ),
    Family(
        "minicpmv",
        Language("qwen2", width=128, biased=True),
        _minicpm,
        CHATML,
        Sight(
            "resampler",
            Tower(112, 14, positions=70 * 70),
            (("clip.minicpmv_version", 3), ("clip.minicpmv_query_num", 16)),
            sight.resampler(16),
        ),
        sliced=True,
        seed=5,
    ),
    Family(
        "smolvlm",
        Language("llama"),
        _smol,
        SMOL,
        Sight(
            "idefics3",
            Tower(192, 12, positions=256),
            ((_SCALE, 4), ("clip.vision.preproc_image_size", 768)),
            sight.idefics(16),
        ),
        sliced=True,
        seed=4,
    ),
    Family(
        "pixtral",
        Language("llama"),
        _mistral,
        MISTRAL,
        Sight("pixtral", Tower(1024, 16, gated=True, activation="silu"), ((_MERGE, 2),), sight.pixtral),
        seed=4,
    ),
    Family(
        "lfm2",
        Language("lfm2", normed_heads=True, convolves_first=True, final_norm="token_embd_norm"),
        _liquid,
        LIQUID,
        Sight("lfm2", Tower(512, 32, positions=256), ((_SCALE, 2),), sight.two_layers("mm.1", "mm.2", 4)),
        sliced=True,
        trims=False,
        seed=7,
    ),
)
