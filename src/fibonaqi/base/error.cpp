#include "fibonaqi/base/error.hpp"

namespace fibonaqi {

void rethrow_with_context(const std::string& context) {
    const auto note = [&context](const Error& error) { return context + ": " + error.what(); };
    try {
        throw;
    } catch (const ConfigError& error) {
        throw ConfigError(note(error));
    } catch (const DiskFullError& error) {
        throw DiskFullError(note(error));
    } catch (const FileError& error) {
        throw FileError(note(error), error.exit_code());
    } catch (const FormatError& error) {
        throw FormatError(note(error));
    } catch (const ModelError& error) {
        throw ModelError(note(error), error.exit_code());
    } catch (const ExploreError& error) {
        throw ExploreError(note(error), error.exit_code());
    } catch (const DriverError& error) {
        throw DriverError(note(error));
    } catch (const LockedError& error) {
        throw LockedError(note(error));
    } catch (const Error& error) {
        throw Error(note(error), error.exit_code());
    }
}

}  // namespace fibonaqi
