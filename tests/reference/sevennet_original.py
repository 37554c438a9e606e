"""SevenNet's own network, in float32 or float64, for scripts that compare with it.

Needs sevenn with e3nn 0.5 or newer, and ASE; made with sevenn 0.13.0, e3nn 0.5.6, torch 2.15 (CPU, 1 thread).
"""

import warnings

warnings.filterwarnings("ignore")

import torch  # noqa: E402
import sevenn._keys as KEY  # noqa: E402
from sevenn.atom_graph_data import AtomGraphData  # noqa: E402
from sevenn.checkpoint import SevenNetCheckpoint  # noqa: E402
from sevenn.model_build import build_E3_equivariant_model  # noqa: E402
from sevenn.train.dataload import unlabeled_atoms_to_graph  # noqa: E402


class Original:
    """The network of a checkpoint. In float64 its weights are those of the file, its coupling coefficients exact."""

    def __init__(self, path, dtype):
        checkpoint = SevenNetCheckpoint(path)
        network, config = checkpoint.build_model(), checkpoint.config
        if dtype == torch.float64:
            state = network.state_dict()
            torch.set_default_dtype(torch.float64)
            network = build_E3_equivariant_model(config).double()
            torch.set_default_dtype(torch.float32)
            state.update({key: value for key, value in network.state_dict().items() if "_w3j" in key})
            network.load_state_dict(state)
        # one-hot vectors are float32 whatever the type of the weights
        network._modules["onehot_idx_to_onehot"].register_forward_hook(self.in_own_type)
        network.set_is_batch_data(False)
        self.network, self.dtype, self.cutoff = network.eval(), dtype, config["cutoff"]

    def in_own_type(self, _module, _inputs, data):
        for key in (KEY.NODE_FEATURE, KEY.NODE_ATTR):
            data[key] = data[key].to(self.dtype)
        return data

    def evaluate(self, atoms):
        """Energy, forces and stress [9] or None, as float64 numbers."""
        graph = unlabeled_atoms_to_graph(atoms, self.cutoff)
        exact = {key: torch.tensor(graph[key]) for key in (KEY.EDGE_VEC, KEY.CELL_VOLUME)}
        data = AtomGraphData.from_numpy_dict(graph).to_dict() | exact  # which rounds to float32
        data = {key: value.to(self.dtype) if torch.is_tensor(value) and value.is_floating_point() else value
                for key, value in data.items()}
        out = self.network(data)
        xx, yy, zz, xy, yz, zx = (-out[KEY.PRED_STRESS].double()).tolist()  # SevenNet: positive under pressure
        stress = [xx, xy, zx, xy, yy, yz, zx, yz, zz] if atoms.pbc.all() else None
        return out[KEY.PRED_TOTAL_ENERGY].double().item(), out[KEY.PRED_FORCE].detach().double().numpy(), stress
