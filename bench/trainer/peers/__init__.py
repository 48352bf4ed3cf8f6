"""The measured models as one would write them by hand in plain PyTorch: nn.Module, dense masks, autograd, autocast."""
