#include "services/opinions/rpc/register.h"

#include <string>

namespace phoihop::opinions {

void RegisterOpinions(rpc::Server::Builder& builder, const OpinionsService* service) {
  const std::string prefix = "phoihop.opinions.v1.OpinionsService/";
  using S = OpinionsService;
  builder.Unary(prefix + "CreateOpinionEntry", service, &S::CreateOpinionEntry);
  builder.Unary(prefix + "GetOpinionEntry", service, &S::GetOpinionEntry);
  builder.Unary(prefix + "ListOpinionEntries", service, &S::ListOpinionEntries);
  builder.Unary(prefix + "CountOpinionEntries", service, &S::CountOpinionEntries);
  builder.Unary(prefix + "CreatePetition", service, &S::CreatePetition);
  builder.Unary(prefix + "BatchCreatePetitions", service, &S::BatchCreatePetitions);
  builder.Unary(prefix + "GetPetition", service, &S::GetPetition);
  builder.Unary(prefix + "ListPetitions", service, &S::ListPetitions);
  builder.Unary(prefix + "UpdatePetition", service, &S::UpdatePetition);
  builder.Unary(prefix + "CountPetitions", service, &S::CountPetitions);
}

}  // namespace phoihop::opinions
