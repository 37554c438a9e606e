#include <algorithm>
#include <cmath>

#include "fibonaqi/atoms/species.hpp"
#include "fibonaqi/base/error.hpp"

#include "dft_drivers/pseudo/gth.hpp"
#include "dft_drivers/pseudo/text_file.hpp"

namespace fibonaqi::pseudo {
namespace {

// Nobody made larger ones: a larger number is damage.
constexpr int most_projectors = 4, most_local_terms = 4, most_channels = 5;

std::vector<std::string> words_without_comment(const std::string& line) {
    return words_of(line.substr(0, line.find('#')));
}

// Whether the line starts an entry: "Si GTH-PBE-q4 GTH-PBE".
bool is_title(const std::vector<std::string>& words) {
    return words.size() > 1 && atomic_number(words[0]).has_value();
}

// The numbers of one entry, whatever lines they stand on.
class EntryReader {
  public:
    EntryReader(TextFile& file, std::string title) : file_(file), title_(std::move(title)) {}

    double number() {
        while (next_ == words_.size()) {
            next_line();
        }
        const double value = number_of(words_[next_]);
        if (std::isnan(value)) {
            file_.refuse("'" + words_[next_] + "' of " + title_ + " is no number (the entry is damaged)");
        }
        ++next_;
        return value;
    }

    int count(int most, const std::string& what) {
        const double value = number();
        if (value != std::round(value) || value < 0.0 || value > most) {
            file_.refuse("the number of " + what + " of " + title_ + " is not one of 0 to " +
                         std::to_string(most) + " (the entry is damaged)");
        }
        return static_cast<int>(value);
    }

    double radius() {
        const double value = number();
        if (!(value > 0.0)) {
            file_.refuse("a radius of " + title_ + " is not above 0 (the entry is damaged)");
        }
        return value;
    }

    // Electrons per angular momentum: as many as the line has.
    int electrons() {
        int sum = count(200, "electrons");
        while (next_ < words_.size()) {
            sum += count(200, "electrons");
        }
        return sum;
    }

    // Nothing may follow on the line, nor before the next entry.
    void expect_end() {
        while (next_ == words_.size() && !file_.is_at_end()) {
            words_ = words_without_comment(file_.line());
            next_ = 0;
            if (is_title(words_)) {
                return;
            }
        }
        if (next_ < words_.size()) {
            file_.refuse("'" + words_[next_] + "' follows where " + title_ +
                         " should end (a core correction, or damage): such an entry cannot be read");
        }
    }

  private:
    void next_line() {
        words_ = words_without_comment(file_.line());
        next_ = 0;
        if (is_title(words_)) {
            file_.refuse(title_ + " ends too early (the next entry starts here)");
        }
    }

    TextFile& file_;
    std::string title_;
    std::vector<std::string> words_;
    std::size_t next_ = 0;
};

GthChannel read_channel(EntryReader& entry) {
    GthChannel channel;
    channel.radius = entry.radius();
    const auto projectors = static_cast<std::size_t>(entry.count(most_projectors, "projectors"));
    channel.couplings.assign(projectors, std::vector<double>(projectors));
    for (std::size_t i = 0; i < projectors; ++i) {
        for (std::size_t j = i; j < projectors; ++j) {
            channel.couplings[i][j] = channel.couplings[j][i] = entry.number();
        }
    }
    return channel;
}

GthPotential read_entry(TextFile& file, const std::vector<std::string>& title) {
    GthPotential potential;
    potential.element = title[0];
    potential.names.assign(title.begin() + 1, title.end());
    EntryReader entry(file, title[0] + " " + title[1]);
    potential.valence = entry.electrons();
    potential.local_radius = entry.radius();
    const int terms = entry.count(most_local_terms, "local terms");
    for (int term = 0; term < terms; ++term) {
        potential.local.push_back(entry.number());
    }
    const int channels = entry.count(most_channels, "channels");
    for (int channel = 0; channel < channels; ++channel) {
        potential.channels.push_back(read_channel(entry));
    }
    entry.expect_end();
    if (potential.valence < 1) {
        file.refuse(title[0] + " " + title[1] + " has no electrons (the entry is damaged)");
    }
    return potential;
}

[[noreturn]] void refuse_unknown(const std::filesystem::path& file, const std::string& element,
                                 const std::string& name, const std::vector<std::string>& known) {
    if (known.empty()) {
        throw ConfigError("'" + file.string() + "' has no potential for '" + element +
                          "' (no entry starts with that symbol) give the symbol of an element that it has");
    }
    std::string list = known[0];
    for (std::size_t i = 1; i < known.size(); ++i) {
        list += ", " + known[i];
    }
    throw ConfigError("'" + file.string() + "' has no potential '" + name + "' for " + element +
                      " (it has: " + list + ") name one of these");
}

}  // namespace

GthPotential read_gth(const std::filesystem::path& path, const std::string& element,
                      const std::string& name) {
    TextFile file(path);
    std::vector<std::string> known;
    while (!file.is_at_end()) {
        const std::vector<std::string> title = words_without_comment(file.line());
        if (!is_title(title) || title[0] != element) {
            continue;
        }
        if (std::find(title.begin() + 1, title.end(), name) != title.end()) {
            return read_entry(file, title);
        }
        known.push_back(title.back());
    }
    refuse_unknown(path, element, name, known);
}

}  // namespace fibonaqi::pseudo
