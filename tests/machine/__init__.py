"""The instruction of several projects played at random, beside a model of what each gesture must do."""
