// Progress on a terminal: a bar if the size is known, else the bytes and the time so far.
// Entry: Progress. Invariant: nothing is shown if stderr is no terminal, or in the first 200 ms of a
// step; the line is erased at the end.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

namespace wirejit::tools {

class Progress {
 public:
  enum class Kind { automatic, off };
  explicit Progress(Kind kind);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() { end(); }

  // A step of `total` bytes, or of unknown size if that is 0.
  void begin(const char* what, std::size_t total);
  void advance(std::size_t done);
  void end();
  // A step of unknown size that is one call: shows the time while `work` runs.
  void during(const char* what, std::size_t total, const std::function<void()>& work);

 private:
  using Clock = std::chrono::steady_clock;
  void draw(const std::string& line);

  bool enabled_ = false;
  bool drawn_ = false;
  const char* what_ = "";
  std::size_t total_ = 0;
  Clock::time_point begun_{};
  Clock::time_point next_{};
};

// A size rounded for people: "12.3 MB".
[[nodiscard]] std::string short_size(std::size_t bytes);

}  // namespace wirejit::tools
