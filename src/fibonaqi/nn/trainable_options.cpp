#include "fibonaqi/nn/trainable_options.hpp"

namespace fibonaqi::nn {

std::vector<ConfigKey> trainable_keys() {
    using namespace config;
    return {
        section("freeze", "weights that stay as they are; by default all are trained"),
        integer("freeze.layers", 0,
                "so many layers from the input are held. MACE: an interaction and its product each, the "
                "elements' vectors with the first; NequIP: likewise; TensorNet: the embedding, then its "
                "layers; M3GNet: its blocks, the vectors of elements and bonds with the first. Readouts are "
                "no layers")
            .between(0, 1000),
        list(ConfigKind::texts, "freeze.patterns", Json::array(),
             "names of weights that are held too; * stands for anything: \"interactions.0.*\". 'fibonaqi "
             "model info --weights MODEL' lists the names"),
        section("lora",
                "low-rank updates: matrices W become W + alpha / rank A B, and only A and B are "
                "trained; the model that is written is an ordinary one"),
        integer("lora.rank", 0, "columns of A; 0 = off: the weights themselves are trained").between(0, 1024),
        number("lora.alpha", 4, "with alpha = rank a step moves the weights about as far as without lora")
            .above(0),
    };
}

TrainableOptions trainable_options_from_json(const Json& settings) {
    // Settings of a campaign that began before these sections were there have none.
    TrainableOptions options;
    if (settings.contains("freeze")) {
        options.freeze.layers = settings.at("freeze").at("layers").get<std::size_t>();
        options.freeze.patterns = settings.at("freeze").at("patterns").get<std::vector<std::string>>();
    }
    if (settings.contains("lora")) {
        options.lora = {settings.at("lora").at("rank").get<std::size_t>(),
                        settings.at("lora").at("alpha").get<double>()};
    }
    return options;
}

}  // namespace fibonaqi::nn
