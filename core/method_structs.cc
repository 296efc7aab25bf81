// A name is taken apart from its end: "args" or "result", the method, and the service, whose own name
// may have dots.
#include "core/method_structs.h"

#include <optional>
#include <utility>

namespace wirejit {
namespace core {
namespace {

constexpr std::size_t most_listed = 8;  // methods that a message names
constexpr std::size_t longest_name = 80;

// "orders.Shop.buy" and "args" of "orders.Shop.buy.args".
std::optional<std::pair<std::string_view, std::string_view>> split(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) {
    return std::nullopt;
  }
  return std::pair(name.substr(0, dot), name.substr(dot + 1));
}

std::string quoted(std::string_view name) {
  return "'" + std::string(name.substr(0, longest_name)) + "'";
}

// "buy, ping": the methods of a service and of those that it extends, a few of them.
std::string methods_of(const Service& service) {
  std::string out;
  std::size_t n = 0;
  for (const Service* s = &service; s != nullptr; s = s->extends) {
    for (const Method& m : s->methods) {
      if (n++ == most_listed) {
        return out + ", ...";
      }
      out += (out.empty() ? "" : ", ") + m.name.substr(0, longest_name);
    }
  }
  return out.empty() ? "none" : out;
}

}  // namespace

const StructType* find_method_struct(const Schema::Data& data, std::string_view name,
                                     std::string& why) {
  const auto part = split(name);
  if (!part || (part->second != "args" && part->second != "result")) {
    return nullptr;
  }
  const auto method_name = split(part->first);
  const Service* const service =
      method_name ? data.service_names.find(method_name->first) : nullptr;
  if (service == nullptr) {
    return nullptr;
  }
  const Method* const method = service->find(method_name->second);
  if (method == nullptr) {
    why = "the service " + quoted(service->full_name) + " has no method " +
          quoted(method_name->second) + "; its methods: " + methods_of(*service);
    return nullptr;
  }
  const StructType* const found = part->second == "args" ? method->args : method->response();
  if (found == nullptr) {
    why = "the method " + quoted(part->first) +
          (method->oneway ? " is oneway, so it has no result" : " has no struct of its result");
  }
  return found;
}

}  // namespace core

std::string_view to_string(Streaming s) noexcept {
  switch (s) {
    case Streaming::client: return "client";
    case Streaming::server: return "server";
    case Streaming::bidirectional: return "bidirectional";
    default: return "unary";
  }
}

Streaming Method::streaming() const noexcept {
  if (client_streaming) {
    return server_streaming ? Streaming::bidirectional : Streaming::client;
  }
  return server_streaming ? Streaming::server : Streaming::unary;
}

const StructType* Method::response() const noexcept {
  return reply != nullptr || oneway || result == nullptr ? reply : result->structure;
}

std::vector<const Field*> Method::throws() const {
  std::vector<const Field*> out;
  if (reply != nullptr) {
    for (const Field& f : reply->fields) {
      if (f.id != 0) {
        out.push_back(&f);
      }
    }
  }
  return out;
}

}  // namespace wirejit
