// The style of the campaign report: light and dark by what the reader's system asks for, one column on a
// phone.
#pragma once

#include <string_view>

namespace fibonaqi::report {

/// Content of the page's <style> element. Text on background has a contrast of at least 4.5 to 1 in both
/// schemes, series colours at least 3 to 1 (WCAG 2.1, 1.4.3 and 1.4.11). No url(), no import.
std::string_view style_sheet();

}  // namespace fibonaqi::report
