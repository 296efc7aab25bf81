// JSON libraries as peers, each bound to BenchMix by hand in the form that is fastest for it.
// Entry: SimdjsonReader, SimdjsonSkipper, RapidjsonReader, RapidjsonWriter, NlohmannReader,
// NlohmannWriter.
// Invariant: parsers and buffers live as long as the reader or writer and are reused; a
// reader rejects what is not a BenchMix.
#pragma once

#include "bench/payloads.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace wirejit::bench {

// A text followed by enough unused memory for every reader.
class PaddedText {
 public:
  static constexpr std::size_t padding = 64;
  explicit PaddedText(std::string_view text) : size_(text.size()) {
    bytes_.reserve(text.size() + padding);
    bytes_ = text;
    bytes_.resize(text.size() + padding, '\0');
  }
  [[nodiscard]] std::string_view text() const noexcept { return {bytes_.data(), size_}; }

 private:
  std::string bytes_;
  std::size_t size_;
};

// On-demand; fields are read in the order in which they come.
class SimdjsonReader {
 public:
  SimdjsonReader();
  ~SimdjsonReader();
  SimdjsonReader(const SimdjsonReader&) = delete;
  SimdjsonReader& operator=(const SimdjsonReader&) = delete;
  bool read(const PaddedText& text, BenchMix& to);
  [[nodiscard]] static std::string implementation();

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

// On-demand: the text of the root, an array, is taken as it is, so its values are not checked.
class SimdjsonSkipper {
 public:
  SimdjsonSkipper();
  ~SimdjsonSkipper();
  SimdjsonSkipper(const SimdjsonSkipper&) = delete;
  SimdjsonSkipper& operator=(const SimdjsonSkipper&) = delete;
  bool skip(const PaddedText& text);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

// The SAX reader; the handler expects the keys in their order.
class RapidjsonReader {
 public:
  RapidjsonReader();
  ~RapidjsonReader();
  RapidjsonReader(const RapidjsonReader&) = delete;
  RapidjsonReader& operator=(const RapidjsonReader&) = delete;
  bool read(const PaddedText& text, BenchMix& to);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

// The SAX writer on a reused buffer.
class RapidjsonWriter {
 public:
  RapidjsonWriter();
  ~RapidjsonWriter();
  RapidjsonWriter(const RapidjsonWriter&) = delete;
  RapidjsonWriter& operator=(const RapidjsonWriter&) = delete;
  // Valid until the next call.
  std::string_view write(const BenchMix& value);

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
};

class NlohmannReader {
 public:
  bool read(const PaddedText& text, BenchMix& to);
};

class NlohmannWriter {
 public:
  std::string_view write(const BenchMix& value);

 private:
  std::string out_;
};

}  // namespace wirejit::bench
