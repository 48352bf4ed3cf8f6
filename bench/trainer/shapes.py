"""The models that are measured: config.json, the tensors of the checkpoint, and what a step costs by arithmetic."""
import dataclasses
import math
import pathlib

samples = pathlib.Path(__file__).resolve().parents[2] / "samples"


@dataclasses.dataclass(frozen=True)
class Shape:
    """A model by its config; folder is None when its weights are made at random."""
    name: str
    config: dict
    folder: pathlib.Path | None = None

    def tensors(self):
        """Name and shape of every tensor of the checkpoint."""
        return {"llama": llama, "bert": bert, "t5": t5}[self.config["model_type"]](self.config)

    @property
    def parameters(self):
        return sum(math.prod(shape) for _, shape in self.tensors())

    @property
    def product_weights(self):
        """Numbers of the matrices that every token is multiplied with; a tied embedding is the head's matrix."""
        return sum(math.prod(shape) for name, shape in self.tensors() if len(shape) == 2 and is_product(name, self.config))

    def flops(self, length, lora_weights=0):
        """FLOP of one token's step: 2 a weight on the way there, 2 for the input's gradient, 2 for the weight's own; causal attention sees length / 2."""
        c = self.config
        attention = 6 * length * c["num_hidden_layers"] * c["num_attention_heads"] * c["head_dim"]
        return (4 * self.product_weights + 6 * lora_weights if lora_weights else 6 * self.product_weights) + attention

    def lora_weights(self, rank):
        """Numbers of A and B on every matrix inside the blocks."""
        return sum(rank * sum(shape) for name, shape in self.tensors() if len(shape) == 2 and "layers" in name)


def is_product(name, config):
    """Rows that are only looked up cost nothing."""
    embeddings = ("embed_tokens", "word_embeddings", "shared") if config.get("tie_word_embeddings") else ()
    return "embed" not in name and "shared" not in name and "bias" not in name or any(part in name for part in embeddings)


def llama_config(vocabulary, hidden, inner, layers, heads, shared=None, tied=True):
    return dict(architectures=["LlamaForCausalLM"], model_type="llama", vocab_size=vocabulary, hidden_size=hidden, intermediate_size=inner, num_hidden_layers=layers,
                num_attention_heads=heads, num_key_value_heads=shared or heads, head_dim=hidden // heads, hidden_act="silu", max_position_embeddings=4096, rms_norm_eps=1e-5,
                rope_theta=10000.0, rope_scaling=None, attention_bias=False, mlp_bias=False, initializer_range=0.02, tie_word_embeddings=tied,
                bos_token_id=1, eos_token_id=2, pad_token_id=0)


def llama(c):
    size, inner, d = c["hidden_size"], c["intermediate_size"], c["head_dim"]
    yield "model.embed_tokens.weight", (c["vocab_size"], size)
    for layer in range(c["num_hidden_layers"]):
        name = f"model.layers.{layer}"
        yield f"{name}.input_layernorm.weight", (size,)
        for part, heads in (("q", c["num_attention_heads"]), ("k", c["num_key_value_heads"]), ("v", c["num_key_value_heads"])):
            yield f"{name}.self_attn.{part}_proj.weight", (heads * d, size)
        yield f"{name}.self_attn.o_proj.weight", (size, c["num_attention_heads"] * d)
        yield f"{name}.post_attention_layernorm.weight", (size,)
        yield from ((f"{name}.mlp.{part}_proj.weight", (inner, size)) for part in ("gate", "up"))
        yield f"{name}.mlp.down_proj.weight", (size, inner)
    yield "model.norm.weight", (size,)
    if not c["tie_word_embeddings"]:
        yield "lm_head.weight", (c["vocab_size"], size)


BERT_BASE = dict(architectures=["BertForMaskedLM"], model_type="bert", attention_probs_dropout_prob=0.0, hidden_dropout_prob=0.0, hidden_act="gelu", hidden_size=768,
                 head_dim=64, initializer_range=0.02, intermediate_size=3072, layer_norm_eps=1e-12, max_position_embeddings=512, num_attention_heads=12,
                 num_hidden_layers=12, pad_token_id=0, position_embedding_type="absolute", type_vocab_size=2, vocab_size=30522, tie_word_embeddings=True)


def bert(c):
    size, inner = c["hidden_size"], c["intermediate_size"]
    linear = lambda name, out, into: ((f"{name}.weight", (out, into)), (f"{name}.bias", (out,)))
    norm = lambda name: ((f"{name}.weight", (size,)), (f"{name}.bias", (size,)))
    for part, rows in (("word", c["vocab_size"]), ("position", c["max_position_embeddings"]), ("token_type", c["type_vocab_size"])):
        yield f"bert.embeddings.{part}_embeddings.weight", (rows, size)
    yield from norm("bert.embeddings.LayerNorm")
    for layer in range(c["num_hidden_layers"]):
        name = f"bert.encoder.layer.{layer}"
        for part in ("self.query", "self.key", "self.value", "output.dense"):
            yield from linear(f"{name}.attention.{part}", size, size)
        yield from norm(f"{name}.attention.output.LayerNorm")
        yield from linear(f"{name}.intermediate.dense", inner, size)
        yield from linear(f"{name}.output.dense", size, inner)
        yield from norm(f"{name}.output.LayerNorm")
    yield "cls.predictions.bias", (c["vocab_size"],)
    yield from linear("cls.predictions.transform.dense", size, size)
    yield from norm("cls.predictions.transform.LayerNorm")


T5_SMALL = dict(architectures=["T5ForConditionalGeneration"], model_type="t5", d_model=512, d_kv=64, d_ff=2048, num_layers=6, num_decoder_layers=6, num_heads=8,
                num_hidden_layers=6, num_attention_heads=8, head_dim=64, relative_attention_num_buckets=32, relative_attention_max_distance=128, dropout_rate=0.0,
                layer_norm_epsilon=1e-6, feed_forward_proj="relu", initializer_factor=1.0, is_encoder_decoder=True, vocab_size=32128, pad_token_id=0, eos_token_id=1,
                decoder_start_token_id=0, tie_word_embeddings=True)


def t5(c):
    size, inner, heads = c["d_model"], c["d_ff"], c["num_heads"] * c["d_kv"]
    yield "shared.weight", (c["vocab_size"], size)
    for stack, parts in (("encoder", ("SelfAttention",)), ("decoder", ("SelfAttention", "EncDecAttention"))):
        yield f"{stack}.block.0.layer.0.SelfAttention.relative_attention_bias.weight", (c["relative_attention_num_buckets"], c["num_heads"])
        for layer in range(c["num_layers"]):
            name = f"{stack}.block.{layer}.layer"
            for place, part in enumerate(parts):
                yield from ((f"{name}.{place}.{part}.{x}.weight", (heads, size)) for x in "qkv")
                yield f"{name}.{place}.{part}.o.weight", (size, heads)
                yield f"{name}.{place}.layer_norm.weight", (size,)
            yield f"{name}.{len(parts)}.DenseReluDense.wi.weight", (inner, size)
            yield f"{name}.{len(parts)}.DenseReluDense.wo.weight", (size, inner)
            yield f"{name}.{len(parts)}.layer_norm.weight", (size,)
        yield f"{stack}.final_layer_norm.weight", (size,)


SAMPLE = Shape("sample", llama_config(4096, 192, 512, 6, 6, shared=3), samples / "models/sample-base")
LLAMA_6M = Shape("llama-6m", llama_config(8192, 256, 704, 5, 4))
LLAMA_25M = Shape("llama-25m", llama_config(32000, 384, 1024, 7, 6))
LLAMA_125M = Shape("llama-125m", llama_config(32000, 768, 2048, 14, 12))
BERT = Shape("bert-base", BERT_BASE)
T5 = Shape("t5-small", T5_SMALL)
LARGE = (Shape("qwen-0.5b", llama_config(151936, 896, 4864, 24, 14, shared=2)), Shape("qwen-1.5b", llama_config(151936, 1536, 8960, 28, 12, shared=2)),
         Shape("llama-8b", llama_config(128256, 4096, 14336, 32, 32, shared=8, tied=False)))  # the published models' sizes, as Llamas
BY_NAME = {shape.name: shape for shape in (*LARGE, SAMPLE, LLAMA_6M, LLAMA_25M, LLAMA_125M, BERT, T5)}
