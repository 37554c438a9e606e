// The one place where architectures are known by name.
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/suggest.hpp"
#include "fibonaqi/model/program_trust.hpp"
#include "fibonaqi/nn/m3gnet.hpp"
#include "fibonaqi/nn/mace.hpp"
#include "fibonaqi/nn/nequip.hpp"
#include "fibonaqi/nn/scripted_self_test.hpp"
#include "fibonaqi/nn/tensornet.hpp"

namespace fibonaqi::nn {

std::unique_ptr<Network> load_network(const ModelFile& model, const at::TensorOptions& options) {
    if (model.card.architecture == "mace") {
        return std::make_unique<Mace>(model, options);
    }
    if (model.card.architecture == "nequip") {
        return std::make_unique<Nequip>(model, options);
    }
    if (model.card.architecture == "tensornet") {
        return std::make_unique<TensorNet>(model, options);
    }
    if (model.card.architecture == "m3gnet") {
        return std::make_unique<M3GNet>(model, options);
    }
    if (model.card.architecture == script_architecture) {
        return load_scripted_network(model, options);
    }
    throw ModelError("model '" + model.card.name + "' has the architecture '" + model.card.architecture +
                         "' (unknown to this program)" +
                         suggestion(model.card.architecture,
                                    {"mace", "nequip", "tensornet", "m3gnet", script_architecture}),
                     ExitCode::usage);
}

}  // namespace fibonaqi::nn
