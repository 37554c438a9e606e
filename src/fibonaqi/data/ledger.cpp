#include "fibonaqi/data/ledger.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "fibonaqi/base/contract.hpp"
#include "fibonaqi/base/error.hpp"
#include "fibonaqi/base/file_system.hpp"
#include "fibonaqi/data/sqlite.hpp"
#include "fibonaqi/label/label_record.hpp"

namespace fibonaqi {
namespace {

namespace fs = std::filesystem;
using sqlite::Connection;
using sqlite::Statement;
using sqlite::Transaction;

// "FIBQ": marks the file as ours (SQLite's application_id).
constexpr int application_mark = 0x46494251;

// Times are UTC. request and label are JSON texts of label/label_record.hpp.
constexpr const char* schema = R"sql(
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE label (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('planned', 'intent', 'started', 'accepted', 'failed')),
    request TEXT NOT NULL, fingerprint TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, directory TEXT, handle TEXT,
    label TEXT, code_version TEXT, failure_kind TEXT, failure_evidence TEXT,
    wall_seconds REAL NOT NULL DEFAULT 0, cpu_seconds REAL NOT NULL DEFAULT 0,
    planned_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP, changed_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CHECK ((state = 'accepted') = (label IS NOT NULL)),
    CHECK ((state = 'failed') = (failure_kind IS NOT NULL)));
CREATE TABLE origin (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL REFERENCES label (key),
    cycle INTEGER NOT NULL, walker INTEGER NOT NULL, step INTEGER NOT NULL, temperature_K REAL NOT NULL,
    purpose TEXT NOT NULL, selection_order INTEGER NOT NULL, score REAL,
    UNIQUE (key, cycle, walker, step, purpose));
CREATE TABLE stage (
    cycle INTEGER NOT NULL, stage TEXT NOT NULL, result TEXT NOT NULL, seconds REAL NOT NULL,
    completed_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP, PRIMARY KEY (cycle, stage)) WITHOUT ROWID;
)sql";

constexpr const char* label_columns =
    "label.key, state, attempts, directory, handle, label, failure_kind, failure_evidence, wall_seconds, "
    "cpu_seconds";
constexpr int label_column_count = 10;

// The one writer. The lock ends with the process, whatever ends it, and children do not inherit it.
class WriterLock {
  public:
    explicit WriterLock(const fs::path& ledger) {
        const std::string path = ledger.string() + ".lock";
        fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (fd_ < 0) {
            throw FileError("lock file '" + path + "' cannot be opened (" + std::strerror(errno) + ")");
        }
        if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
            ::close(fd_);
            throw LockedError("ledger '" + ledger.string() +
                              "' is in use by another running fibonaqi; wait for it, or stop it first");
        }
    }
    ~WriterLock() { ::close(fd_); }
    WriterLock(const WriterLock&) = delete;
    WriterLock& operator=(const WriterLock&) = delete;

  private:
    int fd_ = -1;
};

std::int64_t pragma_value(Connection& connection, const std::string& name) {
    Statement statement(connection, "PRAGMA " + name);
    return statement.step() ? statement.integer(0) : 0;
}

void check_identity(Connection& connection, const fs::path& path) {
    if (pragma_value(connection, "application_id") != application_mark) {
        throw FormatError("'" + path.string() + "' is no FIBonAQi ledger (its mark is missing)");
    }
    const std::int64_t version = pragma_value(connection, "user_version");
    if (version > ledger_version) {
        throw FormatError("ledger '" + path.string() + "' was written by a newer FIBonAQi (layout " +
                          std::to_string(version) + ", this program knows up to " +
                          std::to_string(ledger_version) + ") update FIBonAQi");
    }
}

bool is_empty(Connection& connection) {
    Statement statement(connection, "SELECT count(*) FROM sqlite_master");
    return statement.step() && statement.integer(0) == 0;
}

StoredLabel stored_label(const Statement& row, int first = 0) {
    StoredLabel stored;
    stored.key = row.text(first);
    stored.state = label_state_from(row.text(first + 1));
    stored.attempts = static_cast<int>(row.integer(first + 2));
    stored.directory = row.text(first + 3);
    stored.handle = row.text(first + 4);
    const std::string source = "ledger, label " + stored.key;
    if (!row.is_null(first + 5)) {
        stored.label = accepted_label_from_json(parse_json(row.text(first + 5), source), source);
    }
    if (!row.is_null(first + 6)) {
        stored.failure = LabelFailure{failure_kind_from(row.text(first + 6)), row.text(first + 7)};
    }
    stored.cost = {row.real(first + 8), row.real(first + 9)};
    return stored;
}

LabelOrigin stored_origin(const Statement& row, int first) {
    LabelOrigin origin;
    origin.cycle = static_cast<int>(row.integer(first));
    origin.walker = static_cast<int>(row.integer(first + 1));
    origin.step = row.integer(first + 2);
    origin.temperature_K = row.real(first + 3);
    origin.purpose = row.text(first + 4);
    origin.order = static_cast<int>(row.integer(first + 5));
    if (!row.is_null(first + 6)) {
        origin.score = row.real(first + 6);
    }
    return origin;
}

}  // namespace

struct Ledger::State {
    State(const fs::path& path, Access access)
        : lock(access == Access::write ? std::make_unique<WriterLock>(path) : nullptr),
          connection(path, access == Access::read) {
        if (access == Access::write) {
            connection.execute(
                "PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
            create_if_empty();
        }
        check_identity(connection, path);
    }

    void create_if_empty() {
        if (!is_empty(connection)) {
            return;
        }
        Transaction transaction(connection);
        connection.execute(schema);
        connection.execute("PRAGMA application_id = " + std::to_string(application_mark));
        connection.execute("PRAGMA user_version = " + std::to_string(ledger_version));
        transaction.commit();
    }

    // One statement that changes exactly one row; on disk when it returns, unless it is one of many.
    void change_one(Statement& statement, const std::string& key) {
        const int changed = statement.run();
        if (changed != 1) {
            throw ContractError("label " + key + " is not in a state that allows this change");
        }
    }

    std::unique_ptr<WriterLock> lock;
    mutable Connection connection;
};

Ledger::Ledger(const fs::path& path, Access access) {
    if (access == Access::read && !fs::exists(path)) {
        throw FileError("there is no ledger '" + path.string() + "'");
    }
    if (access == Access::write && path.has_parent_path()) {
        make_directories(path.parent_path());
    }
    state_ = std::make_unique<State>(path, access);
}

Ledger::~Ledger() = default;
Ledger::Ledger(Ledger&&) noexcept = default;
Ledger& Ledger::operator=(Ledger&&) noexcept = default;

std::optional<StoredLabel> Ledger::find(const std::string& key) const {
    Statement query(state_->connection, std::string("SELECT ") + label_columns + " FROM label WHERE key = ?");
    query.bind(key);
    return query.step() ? std::optional(stored_label(query)) : std::nullopt;
}

void Ledger::plan(const std::vector<PlannedLabel>& labels) {
    Connection& connection = state_->connection;
    Transaction transaction(connection);
    for (const PlannedLabel& label : labels) {
        Statement(connection,
                  "INSERT INTO label (key, state, request, fingerprint) VALUES (?, 'planned', ?, ?) "
                  "ON CONFLICT (key) DO NOTHING")
            .bind(label.key)
            .bind(to_json(label.request).dump())
            .bind(label.fingerprint)
            .run();
        if (!label.origin) {
            continue;
        }
        const LabelOrigin& origin = *label.origin;
        Statement insert(connection,
                         "INSERT INTO origin (key, cycle, walker, step, temperature_K, purpose, "
                         "selection_order, score) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
        insert.bind(label.key).bind(std::int64_t{origin.cycle}).bind(std::int64_t{origin.walker});
        insert.bind(origin.step).bind(origin.temperature_K).bind(origin.purpose);
        insert.bind(std::int64_t{origin.order});
        (origin.score ? insert.bind(*origin.score) : insert.bind_null()).run();
    }
    transaction.commit();
}

void Ledger::record_intent(const std::string& key, const fs::path& directory) {
    Statement change(
        state_->connection,
        "UPDATE label SET state = 'intent', attempts = attempts + 1, directory = ?, handle = NULL, "
        "failure_kind = NULL, failure_evidence = NULL, changed_at = CURRENT_TIMESTAMP "
        "WHERE key = ? AND state <> 'accepted'");
    change.bind(directory.string()).bind(key);
    state_->change_one(change, key);
}

void Ledger::record_started(const std::string& key, const std::string& handle) {
    Statement change(state_->connection,
                     "UPDATE label SET state = 'started', handle = ?, changed_at = CURRENT_TIMESTAMP "
                     "WHERE key = ? AND state = 'intent'");
    change.bind(handle).bind(key);
    state_->change_one(change, key);
}

void Ledger::record_accepted(const std::string& key, const AcceptedLabel& label, const LabelCost& cost) {
    Statement change(
        state_->connection,
        "UPDATE label SET state = 'accepted', label = ?, code_version = ?, failure_kind = NULL, "
        "failure_evidence = NULL, wall_seconds = wall_seconds + ?, cpu_seconds = cpu_seconds + ?, "
        "changed_at = CURRENT_TIMESTAMP WHERE key = ? AND state <> 'accepted'");
    change.bind(to_json(label).dump()).bind(label.code_version);
    change.bind(cost.wall_seconds).bind(cost.cpu_seconds).bind(key);
    state_->change_one(change, key);
}

void Ledger::record_failed(const std::string& key, const LabelFailure& failure, const LabelCost& cost) {
    Statement change(state_->connection,
                     "UPDATE label SET state = 'failed', failure_kind = ?, failure_evidence = ?, "
                     "wall_seconds = wall_seconds + ?, cpu_seconds = cpu_seconds + ?, "
                     "changed_at = CURRENT_TIMESTAMP WHERE key = ? AND state <> 'accepted'");
    change.bind(to_string(failure.kind)).bind(failure.evidence);
    change.bind(cost.wall_seconds).bind(cost.cpu_seconds).bind(key);
    state_->change_one(change, key);
}

void Ledger::together(const std::function<void()>& changes) {
    Transaction transaction(state_->connection);
    changes();
    transaction.commit();
}

void Ledger::quarantine(const std::string& key, const std::string& reason) {
    if (find(key).value_or(StoredLabel{}).state != LabelState::accepted) {
        throw Error(
            "label " + key.substr(0, 16) + " cannot be set aside (it is not accepted) see 'label list'",
            ExitCode::usage);
    }
    Statement change(
        state_->connection,
        "UPDATE label SET state = 'failed', label = NULL, failure_kind = ?, failure_evidence = ?, "
        "changed_at = CURRENT_TIMESTAMP WHERE key = ?");
    change.bind(to_string(FailureKind::quarantined)).bind(reason).bind(key);
    state_->change_one(change, key);
}

void Ledger::ask_again(const std::string& key) {
    if (find(key).value_or(StoredLabel{}).state != LabelState::failed) {
        throw Error(
            "label " + key.substr(0, 16) + " cannot be asked for again (it has not failed) see 'label list'",
            ExitCode::usage);
    }
    Statement change(state_->connection,
                     "UPDATE label SET state = 'planned', failure_kind = NULL, failure_evidence = NULL, "
                     "changed_at = CURRENT_TIMESTAMP WHERE key = ?");
    change.bind(key);
    state_->change_one(change, key);
}

std::string Ledger::key_starting_with(const std::string& start) const {
    Statement query(state_->connection, "SELECT key FROM label WHERE substr(key, 1, ?) = ? LIMIT 2");
    query.bind(static_cast<std::int64_t>(start.size())).bind(start);
    std::vector<std::string> keys;
    while (query.step()) {
        keys.push_back(query.text(0));
    }
    if (keys.size() != 1) {
        throw Error("'" + start + "' names " + (keys.empty() ? "no label" : "more than one label") +
                        " (the first digits of its key are needed) see 'label list'",
                    ExitCode::usage);
    }
    return keys.front();
}

std::vector<LedgerEntry> Ledger::entries(const LedgerFilter& filter) const {
    // -1 and '' stand for "any", so that one statement serves every filter.
    Statement query(state_->connection,
                    std::string("SELECT ") + label_columns +
                        ", request, cycle, walker, step, temperature_K, purpose, selection_order, score "
                        "FROM label LEFT JOIN origin ON origin.key = label.key "
                        "WHERE (?1 = '' OR state = ?1) AND (?2 = '' OR purpose = ?2) "
                        "AND (?3 IS NULL OR cycle = ?3) AND (?4 IS NULL OR cycle <= ?4) "
                        "ORDER BY origin.id IS NULL, origin.id, label.id");
    query.bind(filter.state ? to_string(*filter.state) : "").bind(filter.purpose.value_or(""));
    for (const std::optional<int>& cycle : {filter.cycle, filter.up_to_cycle}) {
        cycle ? query.bind(std::int64_t{*cycle}) : query.bind_null();
    }
    std::vector<LedgerEntry> entries;
    while (query.step()) {
        LedgerEntry entry;
        entry.stored = stored_label(query);
        const std::string source = "ledger, label " + entry.stored.key;
        entry.request = label_request_from_json(parse_json(query.text(label_column_count), source), source);
        if (!query.is_null(label_column_count + 1)) {
            entry.origin = stored_origin(query, label_column_count + 1);
        }
        entries.push_back(std::move(entry));
    }
    return entries;
}

std::map<LabelState, std::size_t> Ledger::counts() const {
    Statement query(state_->connection, "SELECT state, count(*) FROM label GROUP BY state");
    std::map<LabelState, std::size_t> counts;
    while (query.step()) {
        counts[label_state_from(query.text(0))] = static_cast<std::size_t>(query.integer(1));
    }
    return counts;
}

std::size_t Ledger::labels_of_several_purposes() const {
    Statement query(state_->connection,
                    "SELECT count(*) FROM (SELECT key FROM origin GROUP BY key "
                    "HAVING count(DISTINCT purpose) > 1)");
    return query.step() ? static_cast<std::size_t>(query.integer(0)) : 0;
}

void Ledger::record_stage(int cycle, const std::string& stage, const Json& result, double seconds) {
    Statement(
        state_->connection,
        "INSERT INTO stage (cycle, stage, result, seconds) VALUES (?, ?, ?, ?) ON CONFLICT (cycle, stage) "
        "DO UPDATE SET result = excluded.result, seconds = excluded.seconds, "
        "completed_at = CURRENT_TIMESTAMP")
        .bind(std::int64_t{cycle})
        .bind(stage)
        .bind(result.dump())
        .bind(seconds)
        .run();
}

std::optional<Json> Ledger::stage(int cycle, const std::string& stage) const {
    Statement query(state_->connection, "SELECT result FROM stage WHERE cycle = ? AND stage = ?");
    query.bind(std::int64_t{cycle}).bind(stage);
    return query.step() ? std::optional(parse_json(query.text(0), "ledger, stage " + stage)) : std::nullopt;
}

std::optional<double> Ledger::stage_seconds(int cycle, const std::string& stage) const {
    Statement query(state_->connection, "SELECT seconds FROM stage WHERE cycle = ? AND stage = ?");
    query.bind(std::int64_t{cycle}).bind(stage);
    return query.step() ? std::optional(query.real(0)) : std::nullopt;
}

void Ledger::set_meta(const std::string& name, const std::string& value) {
    Statement(state_->connection,
              "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = "
              "excluded.value")
        .bind(name)
        .bind(value)
        .run();
}

std::optional<std::string> Ledger::meta(const std::string& name) const {
    Statement query(state_->connection, "SELECT value FROM meta WHERE name = ?");
    query.bind(name);
    return query.step() ? std::optional(query.text(0)) : std::nullopt;
}

std::string Ledger::integrity_problem() const {
    Statement query(state_->connection, "PRAGMA quick_check");
    const std::string answer = query.step() ? query.text(0) : "no answer";
    return answer == "ok" ? "" : answer;
}

}  // namespace fibonaqi
