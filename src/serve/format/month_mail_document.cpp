#include "serve/format/month_mail_document.h"

#include <nlohmann/json.hpp>

namespace apportion {

nlohmann::ordered_json month_mail_json(const MonthMail& mail) {
  nlohmann::ordered_json json = {
      {"customer", mail.customer}, {"month", mail.month.to_string()}, {"state", mail.state},   {"sent", mail.sent},
      {"to", mail.mail.to},        {"subject", mail.mail.subject},    {"body", mail.mail.body}};
  if (!mail.link.empty()) json["link"] = mail.link;
  if (mail.mail.attachment) {
    json["attachment"] = {{"name", mail.mail.attachment->name}, {"bytes", mail.mail.attachment->content.size()}};
  }
  return json;
}

}  // namespace apportion
