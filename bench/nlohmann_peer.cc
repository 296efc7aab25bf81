// nlohmann/json, bound to BenchMix by hand. Entry: NlohmannReader::read, NlohmannWriter::write.
#include "bench/json_peers.h"

#include <nlohmann/json.hpp>

namespace wirejit::bench {

bool NlohmannReader::read(const PaddedText& text, BenchMix& to) try {
  const nlohmann::json j = nlohmann::json::parse(text.text());
  j.at("id").get_to(to.id);
  j.at("name").get_to(to.name);
  j.at("email").get_to(to.email);
  j.at("age").get_to(to.age);
  j.at("active").get_to(to.active);
  j.at("score").get_to(to.score);
  j.at("balance").get_to(to.balance);
  const nlohmann::json& address = j.at("address");
  address.at("street").get_to(to.address.street);
  address.at("zip").get_to(to.address.zip);
  address.at("latitude").get_to(to.address.latitude);
  address.at("longitude").get_to(to.address.longitude);
  j.at("counts").get_to(to.counts);
  j.at("tags").get_to(to.tags);
  j.at("created").get_to(to.created);
  j.at("visits").get_to(to.visits);
  j.at("verified").get_to(to.verified);
  j.at("rating").get_to(to.rating);
  j.at("status").get_to(to.status);
  j.at("note").get_to(to.note);
  return true;
} catch (const nlohmann::json::exception&) {
  return false;
}

std::string_view NlohmannWriter::write(const BenchMix& v) {
  const nlohmann::json j = {{"id", v.id},
                            {"name", v.name},
                            {"email", v.email},
                            {"age", v.age},
                            {"active", v.active},
                            {"score", v.score},
                            {"balance", v.balance},
                            {"address",
                             {{"street", v.address.street},
                              {"zip", v.address.zip},
                              {"latitude", v.address.latitude},
                              {"longitude", v.address.longitude}}},
                            {"counts", v.counts},
                            {"tags", v.tags},
                            {"created", v.created},
                            {"visits", v.visits},
                            {"verified", v.verified},
                            {"rating", v.rating},
                            {"status", v.status},
                            {"note", v.note}};
  out_ = j.dump();
  return out_;
}

}  // namespace wirejit::bench
