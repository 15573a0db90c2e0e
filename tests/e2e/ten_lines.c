/* libpaidan in ten lines: places an order and prints its id, or what is wrong.
 * usage: ten_lines resident/ID CATEGORY; PAIDAN_SERVER, PAIDAN_KEY and PAIDAN_CA say where. */
#include <paidan/paidan.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	struct paidan_client *client;
	struct paidan_order *order = NULL;
	struct paidan_new_order what = {.category_id = argv[argc - 1], .title = "水管漏水"};
	paidan_open(&client, NULL);
	paidan_act_as(client, argv[1]);
	int code = paidan_order_place(client, &what, &order);
	printf("%s\n", code == PAIDAN_OK ? order->id : paidan_error(client)->text);
	paidan_order_free(order);
	paidan_close(client);
	return code;
}
