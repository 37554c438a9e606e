#include "workflows/worker/serve.hpp"

#include <charconv>
#include <cmath>
#include <iostream>

#include "fibonaqi/base/error.hpp"
#include "fibonaqi/label/label_protocol.hpp"
#include "fibonaqi/nn/network_potential.hpp"
#include "fibonaqi/nn/torch_runtime.hpp"

#include "workflows/worker/sources.hpp"

namespace fibonaqi::worker {
namespace {

void say(const Json& record) {
    std::cout << record.dump() << std::endl;
}

std::size_t thread_count(const std::string& text) {
    std::size_t threads = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), threads);
    if (error != std::errc() || end != text.data() + text.size() || threads == 0) {
        throw ConfigError("'" + text + "' is no number of threads");
    }
    return threads;
}

bool is_finite(const Prediction& prediction) {
    bool is_finite = std::isfinite(prediction.energy);
    for (const Vec3& force : prediction.forces) {
        is_finite = is_finite && std::isfinite(force[0] + force[1] + force[2]);
    }
    return is_finite;
}

Json failure(FailureKind kind, const std::string& error) {
    return {{"ok", false}, {"kind", to_string(kind)}, {"error", error}};
}

// What the model says of one structure; nothing in it can fail to converge.
Json prediction_of(const LabelRequest& request, Potential& potential) {
    try {
        const AtomGraph graph = make_graph(request.structure, potential.card().cutoff);
        const Prediction prediction = potential.evaluate({&graph, 1})[0];
        if (!is_finite(prediction)) {
            return failure(FailureKind::non_finite, "the model gives no finite numbers");
        }
        Json reply{
            {"ok", true}, {"converged", true}, {"energy", prediction.energy}, {"forces", prediction.forces}};
        if (request.want_stress && prediction.stress) {
            reply["stress"] = *prediction.stress;
        }
        return reply;
    } catch (const ModelError& error) {
        return failure(FailureKind::bad_config, error.what());
    } catch (const Error& error) {
        return failure(FailureKind::bad_geometry, error.what());
    }
}

}  // namespace

int serve_model(const std::vector<std::string>& arguments) {
    if (arguments.size() != 3) {
        throw ConfigError("--serve needs a model, a dtype and a number of threads");
    }
    nn::prepare_torch(thread_count(arguments[2]));
    OpenModel model = open_model_as(arguments[0], arguments[1]);
    const std::string version = model.network->card().name + " " + model.sha256.substr(0, 16);
    const std::unique_ptr<Potential> potential = nn::make_potential(std::move(model.network));
    say({{"ready", true}, {"protocol", label_protocol_version}, {"version", version}});
    for (std::string line; std::getline(std::cin, line);) {
        const ServedRequest served = read_request_line(line);
        Json reply{{"id", served.id}};
        reply.update(prediction_of(served.request, *potential));
        say(reply);
    }
    return 0;
}

}  // namespace fibonaqi::worker
