/// Invitations and resets by mail.
#pragma once

#include <string_view>

#include "application/azure_sessions.h"
#include "application/people.h"
#include "foundation/base/result.h"
#include "foundation/base/utc_time.h"
#include "pipeline/publication/workspace.h"

namespace apportion {

/// Sends a link to its user, by the server of the first alert channel for mail. False if there is no such channel, or
/// if the user's name is not an address: then somebody must hand it over. `page` is where the page is served:
/// `https://bill.example.com`. Errors: those of sending.
Result<bool> mail_link(const Workspace& workspace, const Environment& environment, const IssuedLink& link,
                       std::string_view page, UtcTime now);

/// What it says.
std::string mail_body(const IssuedLink& link, std::string_view page);

}  // namespace apportion
