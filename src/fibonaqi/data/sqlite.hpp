// SQLite with owners: a connection, a prepared statement, a transaction. For the layer data only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

struct sqlite3;
struct sqlite3_stmt;

namespace fibonaqi::sqlite {

/// An open database. Every failure throws FileError "ledger 'path': problem (reason)"; DiskFullError when the
/// storage is full; FormatError when the file is damaged or no database.
class Connection {
  public:
    /// Opens or, unless read_only, creates the file. With read_only it must exist, and nothing is written,
    /// not even a journal: a reader never disturbs the engine at work.
    Connection(const std::filesystem::path& path, bool read_only);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// One or several statements without parameters.
    void execute(const std::string& sql);

    /// Throws the error that SQLite reported last; `what` says what was tried.
    [[noreturn]] void fail(const std::string& what) const;
    sqlite3* native() const { return native_; }  ///< still owned by this object

  private:
    sqlite3* native_ = nullptr;
    std::string path_;
};

/// A prepared statement. Parameters are bound in order, from 1; columns are read in order, from 0.
/// Errors as those of Connection. The connection must outlive it.
class Statement {
  public:
    Statement(Connection& connection, const std::string& sql);
    ~Statement();
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    /// Values for the next parameter; each call moves on by one. Returns *this, so that calls can be chained.
    Statement& bind(const std::string& text);
    Statement& bind(std::int64_t value);
    Statement& bind(double value);
    Statement& bind_null();

    bool step();                             ///< true: a row is there
    int run();                               ///< steps to the end; gives the number of rows changed
    std::string text(int column) const;      ///< empty for NULL
    std::int64_t integer(int column) const;  ///< 0 for NULL
    double real(int column) const;           ///< 0 for NULL
    bool is_null(int column) const;

  private:
    Connection& connection_;
    sqlite3_stmt* native_ = nullptr;
    int next_parameter_ = 1;
};

/// BEGIN IMMEDIATE ... COMMIT; rolled back when it goes away uncommitted. IMMEDIATE takes the write lock at
/// once, so that a transaction never fails half-way for want of it.
class Transaction {
  public:
    explicit Transaction(Connection& connection);
    /// Rolls back without throwing, unless commit() returned.
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    /// Returns when it is on disk.
    void commit();

  private:
    Connection& connection_;
    bool is_open_ = true;
};

}  // namespace fibonaqi::sqlite
