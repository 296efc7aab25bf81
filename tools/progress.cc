// Drawing of the progress line.
#include "progress.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <thread>

namespace wirejit::tools {
namespace {

constexpr std::chrono::milliseconds patience{200};  // shorter steps show nothing
constexpr std::chrono::milliseconds interval{100};
constexpr std::size_t width = 30;

std::string seconds_since(std::chrono::steady_clock::time_point begun) {
  std::array<char, 32> text{};
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begun;
  (void)std::snprintf(text.data(), text.size(), "%.1f s", spent.count());
  return text.data();
}

}  // namespace

Progress::Progress(Kind kind) : enabled_(kind == Kind::automatic && ::isatty(STDERR_FILENO) == 1) {}

void Progress::begin(const char* what, std::size_t total) {
  what_ = what;
  total_ = total;
  begun_ = Clock::now();
  next_ = begun_ + patience;
}

void Progress::advance(std::size_t done) {
  if (!enabled_ || Clock::now() < next_) {
    return;
  }
  next_ = Clock::now() + interval;
  std::string line(what_);
  if (total_ != 0) {
    const std::size_t part = std::min(done, total_);
    const std::size_t filled =
        static_cast<std::size_t>(static_cast<double>(part) / static_cast<double>(total_) * width);
    line += " [" + std::string(filled, '#') + std::string(width - filled, '.') + "] " +
            std::to_string(
                static_cast<int>(static_cast<double>(part) / static_cast<double>(total_) * 100)) +
            " % of " + short_size(total_);
  } else {
    line += " " + short_size(done);
  }
  draw(line + ", " + seconds_since(begun_));
}

void Progress::end() {
  if (drawn_) {
    draw("");
    drawn_ = false;
  }
}

void Progress::during(const char* what, std::size_t total, const std::function<void()>& work) {
  if (!enabled_) {
    work();
    return;
  }
  begin(what, total);
  std::mutex mutex;
  std::condition_variable finished;
  bool done = false;
  std::thread clock([&] {
    std::unique_lock lock(mutex);
    std::chrono::milliseconds wait = patience;
    while (!finished.wait_for(lock, wait, [&] { return done; })) {
      wait = interval;
      draw(std::string(what) + " " + short_size(total) + ", " + seconds_since(begun_));
    }
  });
  work();
  {
    const std::lock_guard lock(mutex);
    done = true;
  }
  finished.notify_one();
  clock.join();
  end();
}

void Progress::draw(const std::string& line) {
  drawn_ = true;
  (void)std::fprintf(stderr, "\r\x1b[K%s", line.c_str());
  (void)std::fflush(stderr);
}

std::string short_size(std::size_t bytes) {
  constexpr std::array units{"bytes", "kB", "MB", "GB", "TB"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1000 && unit + 1 < units.size()) {
    value /= 1000;
    ++unit;
  }
  std::array<char, 48> text{};
  (void)std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.1f %s", value,
                      units[unit]);
  return text.data();
}

}  // namespace wirejit::tools
