// Aligned columns of text.
// Entry: Table. Invariant: the last column is not padded, so that no line ends in blanks.
#pragma once

#include "report.h"

#include <algorithm>
#include <string>
#include <vector>

namespace wirejit::tools {

class Table {
 public:
  enum class Align { left, right };
  explicit Table(std::vector<Align> align) : align_(std::move(align)) {}

  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

  [[nodiscard]] std::string to_string(std::string_view indent = "  ") const {
    std::vector<std::size_t> widths(align_.size(), 0);
    for (const auto& cells : rows_) {
      for (std::size_t i = 0; i < cells.size(); ++i) {
        widths[i] = std::max(widths[i], columns(cells[i]));
      }
    }
    std::string out;
    for (const auto& cells : rows_) {
      std::string line(indent);
      for (std::size_t i = 0; i < cells.size(); ++i) {
        const std::string pad(widths[i] - columns(cells[i]), ' ');
        line +=
            (i == 0 ? "" : "  ") + (align_[i] == Align::right ? pad + cells[i] : cells[i] + pad);
      }
      line.erase(line.find_last_not_of(' ') + 1);
      out += line + "\n";
    }
    return out;
  }

 private:
  std::vector<Align> align_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace wirejit::tools
