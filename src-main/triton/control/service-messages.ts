/**
 * Messages of `inference.GRPCInferenceService` in the notation of `message-table.ts`. Facts: field names and numbers of
 * Triton 2.x (stable since 2.0), grpc_service.proto.
 */
export const SERVICE_MESSAGES = `
ServerLiveRequest:
ServerLiveResponse: live=1 bool
ServerReadyRequest:
ServerReadyResponse: ready=1 bool
ModelReadyRequest: name=1 string; version=2 string
ModelReadyResponse: ready=1 bool
ServerMetadataRequest:
ServerMetadataResponse: name=1 string; version=2 string; extensions=3 rep string
ModelMetadataRequest: name=1 string; version=2 string
ModelMetadataResponse: name=1 string; versions=2 rep string; platform=3 string; inputs=4 rep TensorMetadata;
  outputs=5 rep TensorMetadata
ModelMetadataResponse.TensorMetadata: name=1 string; datatype=2 string; shape=3 rep int64
InferParameter: bool_param=1 bool |parameter_choice; int64_param=2 int64 |parameter_choice;
  string_param=3 string |parameter_choice; double_param=4 double |parameter_choice;
  uint64_param=5 uint64 |parameter_choice
InferTensorContents: bool_contents=1 rep bool; int_contents=2 rep int32; int64_contents=3 rep int64;
  uint_contents=4 rep uint32; uint64_contents=5 rep uint64; fp32_contents=6 rep float; fp64_contents=7 rep double;
  bytes_contents=8 rep bytes
ModelInferRequest: model_name=1 string; model_version=2 string; id=3 string; parameters=4 map<string,InferParameter>;
  inputs=5 rep InferInputTensor; outputs=6 rep InferRequestedOutputTensor; raw_input_contents=7 rep bytes
ModelInferRequest.InferInputTensor: name=1 string; datatype=2 string; shape=3 rep int64;
  parameters=4 map<string,InferParameter>; contents=5 InferTensorContents
ModelInferRequest.InferRequestedOutputTensor: name=1 string; parameters=2 map<string,InferParameter>
ModelInferResponse: model_name=1 string; model_version=2 string; id=3 string;
  parameters=4 map<string,InferParameter>; outputs=5 rep InferOutputTensor; raw_output_contents=6 rep bytes
ModelInferResponse.InferOutputTensor: name=1 string; datatype=2 string; shape=3 rep int64;
  parameters=4 map<string,InferParameter>; contents=5 InferTensorContents
ModelStreamInferResponse: error_message=1 string; infer_response=2 ModelInferResponse
ModelConfigRequest: name=1 string; version=2 string
ModelConfigResponse: config=1 ModelConfig
ModelStatisticsRequest: name=1 string; version=2 string
StatisticDuration: count=1 uint64; ns=2 uint64
InferStatistics: success=1 StatisticDuration; fail=2 StatisticDuration; queue=3 StatisticDuration;
  compute_input=4 StatisticDuration; compute_infer=5 StatisticDuration; compute_output=6 StatisticDuration;
  cache_hit=7 StatisticDuration; cache_miss=8 StatisticDuration
InferResponseStatistics: compute_infer=1 StatisticDuration; compute_output=2 StatisticDuration;
  success=3 StatisticDuration; fail=4 StatisticDuration; empty_response=5 StatisticDuration;
  cancel=6 StatisticDuration
InferBatchStatistics: batch_size=1 uint64; compute_input=2 StatisticDuration; compute_infer=3 StatisticDuration;
  compute_output=4 StatisticDuration
MemoryUsage: type=1 string; id=2 int64; byte_size=3 uint64
ModelStatistics: name=1 string; version=2 string; last_inference=3 uint64; inference_count=4 uint64;
  execution_count=5 uint64; inference_stats=6 InferStatistics; batch_stats=7 rep InferBatchStatistics;
  memory_usage=8 rep MemoryUsage; response_stats=9 map<string,InferResponseStatistics>
ModelStatisticsResponse: model_stats=1 rep ModelStatistics
ModelRepositoryParameter: bool_param=1 bool |parameter_choice; int64_param=2 int64 |parameter_choice;
  string_param=3 string |parameter_choice; bytes_param=4 bytes |parameter_choice
RepositoryIndexRequest: repository_name=1 string; ready=2 bool
RepositoryIndexResponse: models=1 rep ModelIndex
RepositoryIndexResponse.ModelIndex: name=1 string; version=2 string; state=3 string; reason=4 string
RepositoryModelLoadRequest: repository_name=1 string; model_name=2 string;
  parameters=3 map<string,ModelRepositoryParameter>
RepositoryModelLoadResponse:
RepositoryModelUnloadRequest: repository_name=1 string; model_name=2 string;
  parameters=3 map<string,ModelRepositoryParameter>
RepositoryModelUnloadResponse:
SystemSharedMemoryStatusRequest: name=1 string
SystemSharedMemoryStatusResponse: regions=1 map<string,RegionStatus>
SystemSharedMemoryStatusResponse.RegionStatus: name=1 string; key=2 string; offset=3 uint64; byte_size=4 uint64
SystemSharedMemoryRegisterRequest: name=1 string; key=2 string; offset=3 uint64; byte_size=4 uint64
SystemSharedMemoryRegisterResponse:
SystemSharedMemoryUnregisterRequest: name=1 string
SystemSharedMemoryUnregisterResponse:
CudaSharedMemoryStatusRequest: name=1 string
CudaSharedMemoryStatusResponse: regions=1 map<string,RegionStatus>
CudaSharedMemoryStatusResponse.RegionStatus: name=1 string; device_id=2 uint64; byte_size=3 uint64
CudaSharedMemoryRegisterRequest: name=1 string; raw_handle=2 bytes; device_id=3 int64; byte_size=4 uint64
CudaSharedMemoryRegisterResponse:
CudaSharedMemoryUnregisterRequest: name=1 string
CudaSharedMemoryUnregisterResponse:
TraceSettingRequest: settings=1 map<string,SettingValue>; model_name=2 string
TraceSettingRequest.SettingValue: value=1 rep string
TraceSettingResponse: settings=1 map<string,SettingValue>
TraceSettingResponse.SettingValue: value=1 rep string
LogSettingsRequest: settings=1 map<string,SettingValue>
LogSettingsRequest.SettingValue: bool_param=1 bool |parameter_choice; uint32_param=2 uint32 |parameter_choice;
  string_param=3 string |parameter_choice
LogSettingsResponse: settings=1 map<string,SettingValue>
LogSettingsResponse.SettingValue: bool_param=1 bool |parameter_choice; uint32_param=2 uint32 |parameter_choice;
  string_param=3 string |parameter_choice
`
