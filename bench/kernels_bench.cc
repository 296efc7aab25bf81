// The kernels compared with the standard library, or with a plain loop. Each benchmark uses 16384
// different inputs, as the branch predictor would learn a single one. Times are per element. The
// suffix is the CPU level.
#include "kernels/base64.h"
#include "kernels/cpu.h"
#include "kernels/hash.h"
#include "kernels/json_string.h"
#include "kernels/number.h"
#include "kernels/swap.h"
#include "kernels/utf8.h"
#include "kernels/varint.h"

#include <benchmark/benchmark.h>

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace wirejit::kernels {
namespace {

constexpr std::size_t inputs = 16384;

void per_element(benchmark::State& state) {
  state.counters["each"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * inputs,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

const char* name(Level level) {
  constexpr std::array names = {"baseline", "avx2", "avx512", "neon"};
  return names[static_cast<std::size_t>(level)];
}

bool runs_here(Level level) {
  return level == Level::baseline || (detect_level() != Level::neon && level <= detect_level());
}

// Numbers.

enum class Numbers { random_digits, coordinates, short_decimals, whole };

std::vector<double> doubles(Numbers kind) {
  std::mt19937_64 random(1);
  std::vector<double> v(inputs);
  for (double& d : v) {
    const std::uint64_t r = random();
    switch (kind) {
      case Numbers::random_digits:
        d = std::bit_cast<double>((r >> 12) | 0x3ff0000000000000) *
            std::pow(10.0, static_cast<double>(r % 40) - 20);
        break;
      case Numbers::coordinates: d = std::round(static_cast<double>(r >> 44) * 171.7) / 1e6; break;
      case Numbers::short_decimals: d = static_cast<double>(r % 100000) / 100; break;
      case Numbers::whole: d = static_cast<double>(r >> (40 + r % 20)); break;
    }
  }
  return v;
}

char* std_write_double(double v, char* out) noexcept {
  return std::to_chars(out, out + max_double_text, v).ptr;
}

void bench_write_double(benchmark::State& state, char* (*write)(double, char*) noexcept,
                        Numbers kind) {
  const auto values = doubles(kind);
  std::vector<char> out(inputs * max_double_text);
  for (auto _ : state) {
    char* p = out.data();
    for (const double v : values) {
      p = write(v, p);
    }
    benchmark::DoNotOptimize(p);
  }
  per_element(state);
}

struct Texts {
  std::string all;  // each text is followed by a comma
  std::vector<std::size_t> starts;
};

Texts texts_of(const std::vector<double>& values) {
  Texts t;
  char text[40];
  for (const double v : values) {
    t.starts.push_back(t.all.size());
    t.all.append(text, std::to_chars(text, text + 40, v).ptr);
    t.all += ',';
  }
  return t;
}

const char* std_parse_double(const char* p, const char* end, double& v) {
  return std::from_chars(p, end, v).ptr;
}

const char* our_parse_double(const char* p, const char* end, double& v) {
  const ParsedDouble r = parse_double(p, end);
  v = r.value;
  return r.at;
}

void bench_parse_double(benchmark::State& state,
                        const char* (*parse)(const char*, const char*, double&), Numbers kind) {
  const Texts t = texts_of(doubles(kind));
  const char* const end = t.all.data() + t.all.size();
  for (auto _ : state) {
    double sum = 0;
    for (const char* p = t.all.data(); p != end; ++p) {
      double v;
      p = parse(p, end, v);
      sum += v;
    }
    benchmark::DoNotOptimize(sum);
  }
  per_element(state);
}

std::vector<std::uint64_t> integers(bool small) {
  std::mt19937_64 random(2);
  std::vector<std::uint64_t> v(inputs);
  for (std::uint64_t& n : v) {
    const std::uint64_t r = random();
    n = small ? (r % 8 < 5 ? r >> 57 : r >> (44 + r % 16)) : r >> (2 + r % 62);
  }
  return v;
}

char* std_write_uint64(std::uint64_t v, char* out) noexcept {
  return std::to_chars(out, out + max_int_text, v).ptr;
}

void bench_write_uint64(benchmark::State& state, char* (*write)(std::uint64_t, char*) noexcept,
                        bool small) {
  const auto values = integers(small);
  std::vector<char> out(inputs * max_int_text);
  for (auto _ : state) {
    char* p = out.data();
    for (const std::uint64_t v : values) {
      p = write(v, p);
    }
    benchmark::DoNotOptimize(p);
  }
  per_element(state);
}

void bench_parse_uint64(benchmark::State& state, bool ours, bool small) {
  std::string all;
  for (const std::uint64_t v : integers(small)) {
    all += std::to_string(v) + ',';
  }
  const char* const end = all.data() + all.size();
  for (auto _ : state) {
    std::uint64_t sum = 0;
    for (const char* p = all.data(); p != end; ++p) {
      if (ours) {
        const ParsedInt r = parse_uint64(p, end);
        p = r.at;
        sum += r.value;
      } else {
        std::uint64_t v = 0;
        p = std::from_chars(p, end, v).ptr;
        sum += v;
      }
    }
    benchmark::DoNotOptimize(sum);
  }
  per_element(state);
}

// Strings of a length that varies by a quarter around the average.

std::vector<std::string> strings(std::size_t average, std::string_view alphabet) {
  std::mt19937_64 random(3);
  std::vector<std::string> v(inputs);
  for (std::string& s : v) {
    s.resize(average * 3 / 4 + random() % (average / 2 + 1));
    for (char& c : s) {
      c = alphabet[random() % alphabet.size()];
    }
  }
  return v;
}

constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ";

using EscapeKernel = char* (*)(const char*, std::size_t, char*, bool*) noexcept;

char* copy_only(const char* p, std::size_t n, char* out, bool*) noexcept {
  std::memcpy(out, p, n);
  return out + n;
}

char* escape_bytes(const char* p, std::size_t n, char* out, bool* non_ascii) noexcept {
  for (std::size_t i = 0; i < n; ++i) {
    const char c = p[i];
    if (c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20) {
      *out++ = '\\';
    }
    *non_ascii |= c < 0;
    *out++ = c;
  }
  return out;
}

void bench_escape(benchmark::State& state, EscapeKernel kernel, bool plain) {
  const auto average = static_cast<std::size_t>(state.range(0));
  const auto values = strings(average, plain ? letters : "abcdefghijklmnopqrstuvw\"\n\\xyz");
  std::vector<char> out(inputs * (average * 12 + 32));
  bool non_ascii = false;
  for (auto _ : state) {
    char* p = out.data();
    for (const std::string& s : values) {
      p = kernel(s.data(), s.size(), p, &non_ascii);
    }
    benchmark::DoNotOptimize(p);
  }
  benchmark::DoNotOptimize(non_ascii);
  per_element(state);
}

using ScanKernel = Scan (*)(const char*, const char*) noexcept;

Scan scan_bytes(const char* p, const char* end) noexcept {
  bool high = false;
  for (; p != end && *p != '"' && *p != '\\' && static_cast<unsigned char>(*p) >= 0x20; ++p) {
    high |= *p < 0;
  }
  return {p, high};
}

void bench_scan(benchmark::State& state, ScanKernel kernel) {
  std::string all;
  for (const std::string& s : strings(static_cast<std::size_t>(state.range(0)), letters)) {
    all += s + '"';
  }
  const char* const end = all.data() + all.size();
  for (auto _ : state) {
    bool high = false;
    for (const char* p = all.data(); p != end; ++p) {
      const Scan s = kernel(p, end);
      p = s.at;
      high |= s.non_ascii;
    }
    benchmark::DoNotOptimize(high);
  }
  per_element(state);
}

void bench_unescape(benchmark::State& state) {
  const auto average = static_cast<std::size_t>(state.range(0));
  std::vector<std::string> values;
  for (const std::string& s : strings(average, "abcdefghijklmnopqrstuvwxyz0123456789\n")) {
    std::string out(s.size() * 6 + 32, '\0');
    out.resize(static_cast<std::size_t>(escape(s.data(), s.size(), out.data()) - out.data()));
    values.push_back(out);
  }
  std::vector<char> out(average * 12 + 32);
  for (auto _ : state) {
    for (const std::string& s : values) {
      const char* error_at = nullptr;
      benchmark::DoNotOptimize(unescape(s.data(), s.data() + s.size(), out.data(), &error_at));
    }
  }
  per_element(state);
}

void bench_skip_space(benchmark::State& state) {
  std::string all;
  std::mt19937_64 random(4);
  for (std::size_t i = 0; i < inputs; ++i) {
    if (state.range(0) != 0) {
      all += '\n' + std::string(2 * (1 + random() % 8), ' ');
    }
    all += 'x';
  }
  const char* const end = all.data() + all.size();
  for (auto _ : state) {
    for (const char* p = all.data(); p != end; ++p) {
      p = skip_space(p, end);
    }
    benchmark::ClobberMemory();
  }
  per_element(state);
}

void bench_utf8(benchmark::State& state, const Kernels* kernels, std::string_view sample) {
  std::string text;
  while (text.size() < static_cast<std::size_t>(state.range(0))) {
    text += sample;
  }
  for (auto _ : state) {
    const char* p = text.data();
    benchmark::DoNotOptimize(p);
    benchmark::DoNotOptimize(kernels == nullptr ? find_invalid_utf8(p, text.size())
                                                : kernels->find_invalid_utf8(p, text.size()));
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(text.size()) * state.iterations());
}

// Bytes.

template <class T>
void bench_swap(benchmark::State& state, void (*kernel)(void*, const void*, std::size_t) noexcept) {
  const auto count = static_cast<std::size_t>(state.range(0));
  std::vector<T> from(count, 1), to(count);
  for (auto _ : state) {
    kernel(to.data(), from.data(), count);
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(count * sizeof(T)) * state.iterations());
}

void bench_base64(benchmark::State& state, bool encoding) {
  const auto n = static_cast<std::size_t>(state.range(0));
  const std::vector<std::uint8_t> bytes(n, 0x5a);
  std::vector<std::uint8_t> back(n + 4);
  std::string text(base64_encoded_size(n), '\0');
  base64_encode(bytes.data(), n, text.data());
  for (auto _ : state) {
    if (encoding) {
      benchmark::DoNotOptimize(base64_encode(bytes.data(), n, text.data()));
    } else {
      const char* error_at = nullptr;
      benchmark::DoNotOptimize(base64_decode(text.data(), text.size(), back.data(), &error_at));
    }
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(n) * state.iterations());
}

void bench_hash(benchmark::State& state, bool ours) {
  const auto values = strings(static_cast<std::size_t>(state.range(0)), letters);
  for (auto _ : state) {
    std::uint64_t sum = 0;
    for (const std::string& s : values) {
      sum += ours ? hash_bytes(s.data(), s.size(), 1) : std::hash<std::string_view>()(s);
    }
    benchmark::DoNotOptimize(sum);
  }
  per_element(state);
}

// Varints of all sizes, or of one byte: one by one, or as a run.
void bench_write_varints(benchmark::State& state, const VarintRunWriter* writer, bool small) {
  std::vector<std::uint64_t> values(inputs);
  std::mt19937_64 random(5);
  for (std::uint64_t& v : values) {
    v = random() >> (small ? 57 : random() % 64);
  }
  std::vector<std::uint8_t> out(inputs * max_varint_size + varint_room);
  for (auto _ : state) {
    std::uint8_t* p = out.data();
    if (writer != nullptr) {
      benchmark::DoNotOptimize(writer->size(values.data(), values.size()));
      p = writer->write(values.data(), values.size(), p);
    } else {
      for (const std::uint64_t v : values) {
        p = write_varint(v, p);
      }
    }
    benchmark::DoNotOptimize(p);
  }
  per_element(state);
}

void register_numbers() {
  const std::pair<const char*, Numbers> kinds[] = {{"17digits", Numbers::random_digits},
                                                   {"coordinates", Numbers::coordinates},
                                                   {"short", Numbers::short_decimals},
                                                   {"whole", Numbers::whole}};
  for (const auto& [label, kind] : kinds) {
    const std::string suffix = std::string("/") + label;
    benchmark::RegisterBenchmark(("write_double" + suffix).c_str(), bench_write_double,
                                 write_double, kind);
    benchmark::RegisterBenchmark(("write_double_std" + suffix).c_str(), bench_write_double,
                                 std_write_double, kind);
    benchmark::RegisterBenchmark(("parse_double" + suffix).c_str(), bench_parse_double,
                                 our_parse_double, kind);
    benchmark::RegisterBenchmark(("parse_double_std" + suffix).c_str(), bench_parse_double,
                                 std_parse_double, kind);
  }
  for (const bool small : {false, true}) {
    const std::string suffix = small ? "/small" : "/random";
    benchmark::RegisterBenchmark(("write_uint64" + suffix).c_str(), bench_write_uint64,
                                 write_uint64, small);
    benchmark::RegisterBenchmark(("write_uint64_std" + suffix).c_str(), bench_write_uint64,
                                 std_write_uint64, small);
    benchmark::RegisterBenchmark(("parse_uint64" + suffix).c_str(), bench_parse_uint64, true,
                                 small);
    benchmark::RegisterBenchmark(("parse_uint64_std" + suffix).c_str(), bench_parse_uint64, false,
                                 small);
    benchmark::RegisterBenchmark(("write_varint" + suffix).c_str(), bench_write_varints, nullptr,
                                 small);
    for (const Level level : {Level::baseline, Level::avx2, Level::avx512}) {
      if (runs_here(level)) {
        benchmark::RegisterBenchmark(
            ("write_varints_" + std::string(name(level)) + suffix).c_str(), bench_write_varints,
            &kernels_for(level).varint_run_writers()[static_cast<std::size_t>(VarintOf::word64)],
            small);
      }
    }
  }
}

void register_strings() {
  constexpr std::array lengths = {8, 16, 32, 64, 200};
  const auto add = [&](const std::string& label, auto function, auto... arguments) {
    auto* b = benchmark::RegisterBenchmark(label.c_str(), function, arguments...);
    for (const int n : lengths) {
      b->Arg(n);
    }
  };
  add("escape", bench_escape, static_cast<EscapeKernel>(escape), true);
  add("escape_copy_only", bench_escape, copy_only, true);
  add("escape_bytes", bench_escape, escape_bytes, true);
  add("scan_string", bench_scan, scan_string);
  add("scan_bytes", bench_scan, scan_bytes);
  add("unescape", bench_unescape);
  add("hash_bytes", bench_hash, true);
  add("hash_std", bench_hash, false);
  for (const Level level : {Level::baseline, Level::avx2, Level::avx512}) {
    if (!runs_here(level)) {
      continue;
    }
    const Kernels& k = kernels_for(level);
    add(std::string("escape_") + name(level), bench_escape, k.escape, true);
    add(std::string("escape_dense_") + name(level), bench_escape, k.escape, false);
    add(std::string("scan_string_") + name(level), bench_scan, k.scan_string);
  }
  benchmark::RegisterBenchmark("skip_space", bench_skip_space)->Arg(0)->Arg(1);
}

void register_bytes() {
  for (const Level level : {Level::baseline, Level::avx2, Level::avx512}) {
    if (!runs_here(level)) {
      continue;
    }
    const Kernels& k = kernels_for(level);
    const auto label = [&](const char* kernel) { return std::string(kernel) + "_" + name(level); };
    for (const int n : {4, 16, 100, 1000}) {
      benchmark::RegisterBenchmark(label("copy_swap16").c_str(), bench_swap<std::uint16_t>,
                                   k.copy_swap16)
          ->Arg(n);
      benchmark::RegisterBenchmark(label("copy_swap32").c_str(), bench_swap<std::uint32_t>,
                                   k.copy_swap32)
          ->Arg(n);
      benchmark::RegisterBenchmark(label("copy_swap64").c_str(), bench_swap<std::uint64_t>,
                                   k.copy_swap64)
          ->Arg(n);
      benchmark::RegisterBenchmark(label("bytes_to_bool").c_str(), bench_swap<std::uint8_t>,
                                   k.copy_bytes_to_bool)
          ->Arg(n);
    }
    for (const int n : {16, 100, 1000}) {
      benchmark::RegisterBenchmark(label("utf8_ascii").c_str(), bench_utf8, &k, "plain text ")
          ->Arg(n);
      benchmark::RegisterBenchmark(label("utf8_european").c_str(), bench_utf8, &k,
                                   "d\xc3\xa9j\xc3\xa0 vu, na\xc3\xafve ")
          ->Arg(n);
      benchmark::RegisterBenchmark(label("utf8_chinese").c_str(), bench_utf8, &k,
                                   "\xe4\xb8\xad\xe6\x96\x87\xe5\xad\x97")
          ->Arg(n);
    }
  }
  benchmark::RegisterBenchmark("utf8_ascii", bench_utf8, static_cast<const Kernels*>(nullptr),
                               "text")
      ->Arg(8)
      ->Arg(16)
      ->Arg(32);
  for (const bool encoding : {true, false}) {
    benchmark::RegisterBenchmark(encoding ? "base64_encode" : "base64_decode", bench_base64,
                                 encoding)
        ->Arg(12)
        ->Arg(100)
        ->Arg(3000);
  }
}

}  // namespace
}  // namespace wirejit::kernels

int main(int argc, char** argv) {
  wirejit::kernels::register_numbers();
  wirejit::kernels::register_strings();
  wirejit::kernels::register_bytes();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
    return 1;
  }
  benchmark::RunSpecifiedBenchmarks();
}
