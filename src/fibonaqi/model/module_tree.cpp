#include "fibonaqi/model/module_tree.hpp"

#include <algorithm>
#include <cstring>

#include "fibonaqi/base/error.hpp"

namespace fibonaqi {
namespace {

constexpr std::size_t most_modules = 10'000;
constexpr int most_levels = 32;
constexpr std::size_t most_visits = 1'000'000;  // entries of dicts, counted each time
constexpr std::size_t longest_name = 100;

bool is_plain_name(const std::string& name) {
    const std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    return !name.empty() && name.size() <= longest_name &&
           name.find_first_not_of(allowed) == std::string::npos;
}

class ModuleWalker {
  public:
    ModuleWalker(TorchArchive& archive, const std::function<bool(const std::string&)>& is_wanted,
                 const std::string& source)
        : archive_(archive), is_wanted_(is_wanted), source_(source) {}

    void walk(const PickleValue& module, const std::string& path, int level) {
        if (level > most_levels || tree_.modules.size() == most_modules) {
            throw ModelError(source_ + ": modules nested deeper than " + std::to_string(most_levels) +
                             " levels or more than " + std::to_string(most_modules) +
                             " of them (hostile file?)");
        }
        tree_.modules[path] = &module;
        count_visits(module.state);
        const std::string prefix = path.empty() ? "" : path + ".";
        add_tensors(module.attribute("_parameters"), prefix, true);
        add_tensors(module.attribute("_buffers"), prefix, false);
        const PickleValue* children = module.attribute("_modules");
        if (children == nullptr) {
            return;
        }
        count_visits(children);
        for (const auto& [key, child] : children->entries) {
            if (child->kind == PickleKind::object) {
                walk(*child, prefix + plain_name(*key), level + 1);
            }
        }
    }

    ModuleTree take() { return std::move(tree_); }

  private:
    const std::string& plain_name(const PickleValue& key) const {
        if (key.kind != PickleKind::text || !is_plain_name(key.text)) {
            throw ModelError(source_ +
                             ": a module or tensor whose name is not made of letters, digits and "
                             "underscores (damaged or hostile file)");
        }
        return key.text;
    }

    // Modules may share a dict of a million entries: a walk of hours.
    void count_visits(const PickleValue* dict) {
        visits_ += dict == nullptr ? 0 : dict->entries.size();
        if (visits_ > most_visits) {
            throw ModelError(source_ + ": modules with more than " + std::to_string(most_visits) +
                             " members (hostile file?)");
        }
    }

    void add_tensors(const PickleValue* members, const std::string& prefix, bool is_parameter) {
        if (members == nullptr) {
            return;
        }
        count_visits(members);
        for (const auto& [key, value] : members->entries) {
            const std::string name = prefix + plain_name(*key);
            if (value->kind != PickleKind::object || !is_wanted_(name)) {
                continue;
            }
            std::optional<StoredTensor> tensor = archive_.tensor(*value);
            if (!tensor || tensor->count() == 0) {
                continue;
            }
            if (!tree_.tensors.emplace(name, std::move(*tensor)).second) {
                throw ModelError(source_ + ": tensor '" + name + "' occurs twice; the file is damaged");
            }
            if (is_parameter) {
                tree_.parameters.push_back(name);
            }
        }
    }

    TorchArchive& archive_;
    const std::function<bool(const std::string&)>& is_wanted_;
    std::string source_;
    std::size_t visits_ = 0;
    ModuleTree tree_;
};

// The bytes that _codecs.encode(text, 'latin1') stands for: how protocol 2 stores bytes.
std::string latin1_bytes(const PickleValue& value) {
    if (value.kind == PickleKind::bytes) {
        return value.text;
    }
    std::string bytes;
    const bool is_encoded = value.class_path() == "_codecs encode" && !value.arguments->items.empty() &&
                            value.arguments->items[0]->kind == PickleKind::text;
    if (!is_encoded) {
        return bytes;
    }
    const std::string& text = value.arguments->items[0]->text;  // UTF-8 of code points below 256
    for (std::size_t i = 0; i < text.size(); ++i) {
        const unsigned char lead = static_cast<unsigned char>(text[i]);
        if (lead < 0x80) {
            bytes += text[i];
        } else if (i + 1 < text.size()) {
            const unsigned char next = static_cast<unsigned char>(text[++i]);
            bytes += static_cast<char>(((lead & 3) << 6) | (next & 63));
        }
    }
    return bytes;
}

}  // namespace

std::optional<double> number_of(const PickleValue& value) {
    if (value.kind == PickleKind::real) {
        return value.real;
    }
    if (value.kind == PickleKind::integer) {
        return static_cast<double>(value.integer);
    }
    const std::string_view path = value.class_path();
    if (value.kind != PickleKind::object || !path.starts_with("numpy.") ||
        !path.ends_with("multiarray scalar") || value.arguments->items.size() != 2) {
        return std::nullopt;
    }
    // arguments: (dtype('f8'), bytes)
    const PickleValue& type = *value.arguments->items[0];
    const bool is_double = type.class_path() == "numpy dtype" && !type.arguments->items.empty() &&
                           type.arguments->items[0]->text == "f8";
    const std::string bytes = latin1_bytes(*value.arguments->items[1]);
    if (!is_double || bytes.size() != sizeof(double)) {
        return std::nullopt;
    }
    double number = 0.0;
    std::memcpy(&number, bytes.data(), sizeof number);
    return number;
}

ModuleTree read_module_tree(TorchArchive& archive, const std::function<bool(const std::string&)>& is_wanted,
                            const std::string& source) {
    ModuleWalker walker(archive, is_wanted, source);
    walker.walk(archive.root(), "", 0);
    return walker.take();
}

}  // namespace fibonaqi
