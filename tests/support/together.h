// Runs a function on several threads at the same time. Entry: together.
#pragma once

#include <barrier>
#include <thread>
#include <vector>

namespace wirejit::test {

inline constexpr int threads = 4;

// Runs f(number of the thread) on all threads. None begins before all have started.
template <class F>
void together(F f) {
  std::barrier start(threads);
  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i) {
    all.emplace_back([&, i] {
      start.arrive_and_wait();
      f(i);
    });
  }
  for (std::thread& t : all) {
    t.join();
  }
}

}  // namespace wirejit::test
