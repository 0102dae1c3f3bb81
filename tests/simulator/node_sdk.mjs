// The official Node.js SDK against the address given: reads a page, updates a record, searches; says what it saw.
import * as ZOHOCRMSDK from "@zohocrm/nodejs-sdk-8.0";

const where = JSON.parse(process.argv[2]);
const environment = new ZOHOCRMSDK.Environment(where.api_url, where.accounts_url, where.upload_url);
const token = new ZOHOCRMSDK.OAuthBuilder()
  .clientId(where.client_id)
  .clientSecret(where.client_secret)
  .refreshToken(where.refresh_token)
  .build();
const logger = new ZOHOCRMSDK.LogBuilder().level(ZOHOCRMSDK.Levels.ERROR).filePath(`${where.folder}/sdk.log`).build();
const builder = await new ZOHOCRMSDK.InitializeBuilder();
await builder
  .environment(environment)
  .token(token)
  .store(new ZOHOCRMSDK.FileStore(`${where.folder}/tokens.txt`))
  .SDKConfig(new ZOHOCRMSDK.SDKConfigBuilder().build())
  .resourcePath(where.folder)
  .logger(logger)
  .initialize();

const { Record } = ZOHOCRMSDK;
const accounts = new Record.RecordOperations("Accounts");
const params = new ZOHOCRMSDK.ParameterMap();
await params.add(Record.GetRecordsParam.FIELDS, "Account_Name,Industry,Owner,Created_Time,Product_Interests");
await params.add(Record.GetRecordsParam.PER_PAGE, 3);
const page = await accounts.getRecords(params, new ZOHOCRMSDK.HeaderMap());
const records = page.getObject().getData();

const body = new Record.BodyWrapper();
const change = new Record.Record();
change.addKeyValue("Health_Score", 77);
body.setData([change]);
const updated = await accounts.updateRecord(records[0].getId(), body, new ZOHOCRMSDK.HeaderMap());

const wanted = new ZOHOCRMSDK.ParameterMap();
await wanted.add(Record.SearchRecordsParam.CRITERIA, "(Industry:equals:Technology)");
await wanted.add(Record.SearchRecordsParam.FIELDS, "Account_Name");
const found = await accounts.searchRecords(wanted, new ZOHOCRMSDK.HeaderMap());

console.log(
  JSON.stringify({
    statuses: [page.getStatusCode(), updated.getStatusCode(), found.getStatusCode()],
    count: records.length,
    id: records[0].getId().toString(),
    name: records[0].getKeyValue("Account_Name"),
    outcome: updated.getObject().getData()[0].getCode().getValue(),
    found: found.getObject().getData().length,
  }),
);
