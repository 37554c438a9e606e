#include "fibonaqi/data/sqlite.hpp"

#include <sqlite3.h>

#include "fibonaqi/base/error.hpp"

namespace fibonaqi::sqlite {
namespace {

// A reader (status, report) holds its lock for milliseconds; this is far above.
constexpr int busy_milliseconds = 20'000;

}  // namespace

Connection::Connection(const std::filesystem::path& path, bool read_only) : path_(path.string()) {
    // Also for reading: after a kill in mid-transaction the first to open the file has to roll it back.
    const int flags = SQLITE_OPEN_READWRITE | (read_only ? 0 : SQLITE_OPEN_CREATE);
    const int outcome = sqlite3_open_v2(path_.c_str(), &native_, flags, nullptr);
    if (outcome != SQLITE_OK) {
        const std::string reason = native_ != nullptr ? sqlite3_errmsg(native_) : sqlite3_errstr(outcome);
        sqlite3_close_v2(native_);
        throw FileError("ledger '" + path_ + "' cannot be opened (" + reason + ")");
    }
    sqlite3_extended_result_codes(native_, 1);
    sqlite3_busy_timeout(native_, busy_milliseconds);
    if (read_only) {
        sqlite3_exec(native_, "PRAGMA query_only = ON", nullptr, nullptr, nullptr);
    }
}

Connection::~Connection() {
    sqlite3_close_v2(native_);
}

void Connection::fail(const std::string& what) const {
    const int code = sqlite3_errcode(native_) & 0xff;
    const std::string message =
        "ledger '" + path_ + "': " + what + " failed (" + sqlite3_errmsg(native_) + ")";
    // A quota or file size limit comes as a failed write, with the errno already overwritten by the rollback.
    if (code == SQLITE_FULL || sqlite3_extended_errcode(native_) == SQLITE_IOERR_WRITE) {
        throw DiskFullError(message + " free some space, then resume; what was recorded before is intact");
    }
    if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB) {
        throw FormatError(message + " restore it from a copy");
    }
    throw FileError(message);
}

void Connection::execute(const std::string& sql) {
    if (sqlite3_exec(native_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
        fail("'" + sql.substr(0, 60) + "'");
    }
}

Statement::Statement(Connection& connection, const std::string& sql) : connection_(connection) {
    if (sqlite3_prepare_v2(connection.native(), sql.c_str(), -1, &native_, nullptr) != SQLITE_OK) {
        connection.fail("'" + sql.substr(0, 60) + "'");
    }
}

Statement::~Statement() {
    sqlite3_finalize(native_);
}

Statement& Statement::bind(const std::string& text) {
    const int size = static_cast<int>(text.size());
    if (sqlite3_bind_text(native_, next_parameter_++, text.data(), size, SQLITE_TRANSIENT) != SQLITE_OK) {
        connection_.fail("binding a text");
    }
    return *this;
}

Statement& Statement::bind(std::int64_t value) {
    if (sqlite3_bind_int64(native_, next_parameter_++, value) != SQLITE_OK) {
        connection_.fail("binding a number");
    }
    return *this;
}

Statement& Statement::bind(double value) {
    if (sqlite3_bind_double(native_, next_parameter_++, value) != SQLITE_OK) {
        connection_.fail("binding a number");
    }
    return *this;
}

Statement& Statement::bind_null() {
    if (sqlite3_bind_null(native_, next_parameter_++) != SQLITE_OK) {
        connection_.fail("binding nothing");
    }
    return *this;
}

bool Statement::step() {
    const int outcome = sqlite3_step(native_);
    if (outcome != SQLITE_ROW && outcome != SQLITE_DONE) {
        connection_.fail("a query or change");
    }
    return outcome == SQLITE_ROW;
}

int Statement::run() {
    while (step()) {
    }
    return sqlite3_changes(connection_.native());
}

std::string Statement::text(int column) const {
    const unsigned char* value = sqlite3_column_text(native_, column);
    const int size = sqlite3_column_bytes(native_, column);
    return value == nullptr
               ? std::string()
               : std::string(reinterpret_cast<const char*>(value), static_cast<std::size_t>(size));
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(native_, column);
}

double Statement::real(int column) const {
    return sqlite3_column_double(native_, column);
}

bool Statement::is_null(int column) const {
    return sqlite3_column_type(native_, column) == SQLITE_NULL;
}

Transaction::Transaction(Connection& connection) : connection_(connection) {
    connection_.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
    // After some errors (a full disk) SQLite has rolled back by itself; a second rollback is harmless.
    if (is_open_ && sqlite3_get_autocommit(connection_.native()) == 0) {
        sqlite3_exec(connection_.native(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
}

void Transaction::commit() {
    connection_.execute("COMMIT");
    is_open_ = false;
}

}  // namespace fibonaqi::sqlite
